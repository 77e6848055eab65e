/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/choice.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "orchestrator/bisect/endgame.h"
#include "orchestrator/bisect/search.h"

/* A branch is opened when it holds as much of the probability as all the rest. */
static const double open_mass = 0.5;
/* A commit that nothing is known of cannot be tested with this probability, one beside a commit
 * that could not be with that one more. */
static const double skip_base = 0.02, skip_near = 0.9;
/* Bits. A test that tells less is not worth its time. */
static const double gain_least = 1e-4;
/* A hypothesis that much less likely than the likeliest commit does not take part in halving. */
static const double possible_least = 1e-2;
static const double suspect_bonus = 1.05;

/* What choosing needs of each position. */
struct choice {
    const struct search *search;
    size_t len;     /* positions: the commits and the good end */
    double *skip;   /* [len] probability that it cannot be tested */
    bool *open;     /* [len] lies on a line that is walked */
    bool *blocked;  /* [len] */
    bool *built;    /* [len] */
    bool *possible; /* [len + 1] hypotheses that no test has ruled out */
    size_t *chain;  /* [len] one line, the youngest first */
    size_t possible_count;
    bool skipped; /* something was blocked, so that no bound on the tests holds */
};

static size_t follow(struct choice *c, size_t from) {
    size_t n = 0;
    for (int32_t t = (int32_t)from; t != ANCESTRY_NONE && !c->open[t];
         t = ancestry_first_parent(&c->search->ancestry, (size_t)t)) {
        c->open[t] = true;
        c->chain[n++] = (size_t)t;
    }
    return n;
}

/* Raises skip along a line: beside a commit that could not be tested, and the farther the more of
 * them there are in a row, until one comes that could. */
static void shade(struct choice *c, size_t n, bool from_end) {
    double in_row = 0, distance = 0;
    for (size_t i = 0; i < n; i++) {
        size_t t = c->chain[from_end ? n - 1 - i : i];
        if (c->blocked[t]) {
            in_row++;
            distance = 0;
        } else if (c->built[t]) {
            in_row = 0;
        } else if (in_row > 0) {
            double near = skip_near * exp2(-distance++ / in_row);
            c->skip[t] = 1 - (1 - c->skip[t]) * (1 - near);
        }
    }
}

static void add_line(struct choice *c, size_t from, bool to_good) {
    size_t n = follow(c, from);
    if (to_good) {
        c->open[c->len - 1] = true;
        c->chain[n++] = c->len - 1;
    }
    shade(c, n, false);
    shade(c, n, true);
}

/* What merge t brought in beside its first parent's history, the merge itself included. */
static double mass_of(const struct choice *c, size_t t) {
    const struct belief *b = &c->search->belief;
    int32_t first = ancestry_first_parent(&c->search->ancestry, t);
    return b->broken[t] -
           (first == ANCESTRY_NONE ? b->posterior[belief_before(b)] : b->broken[first]);
}

/* The first-parent line, and the branches of merges that matter; all: of every merge. */
static void open_lines(struct choice *c, bool all) {
    const struct ancestry *a = &c->search->ancestry;
    if (!c->open[a->len - 1])
        add_line(c, a->len - 1, true);
    for (size_t t = a->len; t-- > 0;) { /* a branch is older than its merge */
        if (!c->open[t] || a->commits[t].parent_count < 2 || (!all && mass_of(c, t) < open_mass))
            continue;
        for (size_t p = 1; p < a->commits[t].parent_count; p++)
            if (a->commits[t].parents[p] != ANCESTRY_NONE)
                add_line(c, (size_t)a->commits[t].parents[p], false);
    }
}

/* A steady search believes each test: what contradicts one is ruled out. */
static void rule_out(struct choice *c) {
    const struct search *s = c->search;
    const struct belief *b = &s->belief;
    double highest = -INFINITY;
    for (size_t h = 0; h < s->ancestry.len; h++)
        highest = fmax(highest, b->log_prior[h]);
    for (size_t h = 0; h < b->len; h++) {
        c->possible[h] = b->log_prior[h] > highest + log(possible_least);
        for (size_t t = 0; t < c->len && c->possible[h]; t++) {
            const int *count = s->tally[t].count;
            bool broken = belief_is_broken(b, t, h);
            c->possible[h] = broken ? !count[OUTCOME_PASS] : !count[OUTCOME_FAIL];
        }
        c->possible_count += c->possible[h];
    }
}

static size_t broken_among_possible(const struct choice *c, size_t at) {
    size_t count = 0;
    for (size_t h = 0; h < c->search->belief.len; h++)
        count += c->possible[h] && belief_is_broken(&c->search->belief, at, h);
    return count;
}

/* Bits per cost, less what is lost where a build is likely to fail. */
static double worth(const struct choice *c, size_t at, double gain) {
    double cost = c->built[at] ? 1 : 1 + c->search->options.build_cost;
    return gain * (1 - c->skip[at]) / cost;
}

/* The test that tells most of those that leave at most `most` hypotheses either way; among equals
 * a commit that is suspected itself, which has to be run in the end. */
static bool split(const struct choice *c, size_t most, size_t *at) {
    double best = 0;
    for (size_t t = 0; t < c->len; t++) {
        if (!c->open[t] || c->blocked[t])
            continue;
        size_t broken = broken_among_possible(c, t), sound = c->possible_count - broken;
        if (!broken || !sound || broken > most || sound > most)
            continue;
        double value = worth(c, t, belief_entropy(c->search->belief.broken[t]));
        value *= c->possible[t] ? suspect_bonus : 1;
        if (value > best) {
            best = value;
            *at = t;
        }
    }
    return best > 0;
}

/* Few are left, and nothing stands in the way of building any. */
static bool finish(const struct choice *c, size_t *at) {
    size_t left[ENDGAME_MOST], count = 0;
    if (c->skipped || c->possible_count > ENDGAME_MOST)
        return false;
    for (size_t h = 0; h < c->search->belief.len; h++)
        if (c->possible[h])
            left[count++] = h;
    return endgame_next(c->search, left, count, at);
}

/* Half, rounded up to a power of two, by the first-parent line when it can and by any branch when
 * it cannot. A commit that cannot be tested breaks the bound, and so may the shape of a history. */
static bool halve(struct choice *c, size_t *at) {
    size_t most = 1;
    while (most * 2 < c->possible_count)
        most *= 2;
    if (!c->skipped && split(c, most, at))
        return true;
    if (c->skipped && split(c, c->possible_count, at))
        return true;
    open_lines(c, true);
    return (!c->skipped && split(c, most, at)) || split(c, c->possible_count, at);
}

static bool take_best(const struct choice *c, size_t *at) {
    double best = 0;
    for (size_t t = 0; t < c->len; t++) {
        double gain = c->open[t] && !c->blocked[t] ? belief_gain(&c->search->belief, t) : 0;
        double value = gain < gain_least ? 0 : worth(c, t, gain);
        if (value > best) {
            best = value;
            *at = t;
        }
    }
    return best > 0;
}

/* One suspect is left, and only noise could still clear it: it and its parents are run, as they
 * will be to verify it. */
static bool prove(const struct choice *c, size_t *at) {
    const struct search *s = c->search;
    size_t suspect = 0;
    while (!c->possible[suspect])
        suspect++;
    if (suspect >= s->ancestry.len)
        return false;
    const struct ancestry_commit *links = &s->ancestry.commits[suspect];
    double best = 0;
    for (size_t i = 0; i <= links->parent_count; i++) {
        int32_t parent = i ? links->parents[i - 1] : (int32_t)suspect;
        size_t t = parent == ANCESTRY_NONE ? s->ancestry.len : (size_t)parent;
        double gain = c->blocked[t] ? 0 : belief_gain(&s->belief, t);
        if (gain > best && gain >= gain_least) {
            best = gain;
            *at = t;
        }
    }
    return best > 0;
}

static void init(struct choice *c, const struct search *s) {
    *c = (struct choice){.search = s, .len = s->ancestry.len + 1};
    c->skip = xcalloc(c->len, sizeof(*c->skip));
    c->open = xcalloc(c->len, sizeof(*c->open));
    c->blocked = xcalloc(c->len, sizeof(*c->blocked));
    c->built = xcalloc(c->len, sizeof(*c->built));
    c->possible = xcalloc(c->len + 1, sizeof(*c->possible));
    c->chain = xcalloc(c->len, sizeof(*c->chain));
    for (size_t t = 0; t < c->len; t++) {
        c->blocked[t] = search_is_blocked(s, t);
        c->built[t] = !c->blocked[t] && search_is_built(s, t);
        c->skip[t] = c->built[t] ? 0 : skip_base;
        c->skipped |= c->blocked[t];
    }
}

static void done(struct choice *c) {
    free(c->skip);
    free(c->open);
    free(c->blocked);
    free(c->built);
    free(c->possible);
    free(c->chain);
}

bool choice_next(const struct search *s, size_t *at) {
    struct choice c;
    init(&c, s);
    open_lines(&c, false);
    bool found = false;
    if (s->steady)
        rule_out(&c);
    if (c.possible_count > 1)
        found = finish(&c, at) || halve(&c, at);
    else if (c.possible_count == 1)
        found = prove(&c, at);
    if (!found)
        found = take_best(&c, at);
    if (!found) {
        open_lines(&c, true);
        found = take_best(&c, at);
    }
    done(&c);
    return found;
}
