/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/bisect/choice.h"

/* Another reason is believed at once where nothing flickers, else when it came twice. */
enum { OTHER_ENOUGH = 2 };

int search_init(struct search *out, const struct search_commit *commits, size_t len,
                const struct search_options *options) {
    if (len == 0)
        return err_set(ERR_NOTNOW, "no commit lies between the good and the bad end");
    struct search s = {.options = *options, .steady = options->q.hits + options->m.hits <= 0};
    s.commits = xcalloc(len, sizeof(*s.commits));
    s.links = xcalloc(len, sizeof(*s.links));
    s.tally = xcalloc(len + 1, sizeof(*s.tally));
    s.tested = xcalloc(len + 1, sizeof(*s.tested));
    double *weights = xcalloc(len, sizeof(*weights));
    for (size_t i = 0; i < len; i++) {
        s.commits[i] = commits[i];
        s.links[i] = commits[i].links;
        weights[i] = commits[i].weight;
    }
    int rc = ancestry_init(&s.ancestry, s.links, len);
    *out = s;
    if (rc == 0)
        belief_init(&out->belief, &out->ancestry, weights, &options->q, &options->m);
    else
        search_done(out);
    free(weights);
    return rc;
}

void search_done(struct search *s) {
    belief_done(&s->belief);
    ancestry_done(&s->ancestry);
    free(s->commits);
    free(s->links);
    free(s->tally);
    free(s->tested);
    *s = (struct search){0};
}

int32_t search_build_of(const struct search *s, size_t at) {
    return at < s->ancestry.len ? s->commits[at].build : s->options.good_build;
}

static bool is_same_build(const struct search *s, size_t a, size_t b) {
    return a == b || (search_build_of(s, a) == search_build_of(s, b) &&
                      search_build_of(s, a) != ANCESTRY_NONE);
}

bool search_is_built(const struct search *s, size_t at) {
    for (size_t i = 0; i < s->tested_count; i++)
        if (is_same_build(s, s->tested[i], at))
            return true;
    return false;
}

static bool is_stuck(const struct search *s, const struct search_tally *t) {
    if (t->count[OUTCOME_PASS] + t->count[OUTCOME_FAIL] > 0)
        return false;
    return t->count[OUTCOME_SKIP] > 0 || t->count[OUTCOME_OTHER] >= (s->steady ? 1 : OTHER_ENOUGH);
}

bool search_is_blocked(const struct search *s, size_t at) {
    for (size_t i = 0; i < s->tested_count; i++)
        if (is_stuck(s, &s->tally[s->tested[i]]) && is_same_build(s, s->tested[i], at))
            return true;
    return false;
}

int search_builds(const struct search *s) {
    int builds = 0;
    for (size_t i = 0; i < s->tested_count; i++) {
        bool first = true;
        for (size_t j = 0; j < i && first; j++)
            first = !is_same_build(s, s->tested[i], s->tested[j]);
        builds += first;
    }
    return builds;
}

static bool is_tested(const struct search *s, size_t at) {
    for (size_t i = 0; i < s->tested_count; i++)
        if (s->tested[i] == at)
            return true;
    return false;
}

void search_see(struct search *s, size_t at, enum outcome outcome) {
    struct search_tally *t = &s->tally[at];
    if (!is_tested(s, at))
        s->tested[s->tested_count++] = at;
    t->count[outcome]++;
    s->runs++;
    if (t->count[OUTCOME_PASS] && t->count[OUTCOME_FAIL])
        s->steady = false;
    belief_see(&s->belief, at, outcome);
}

static size_t likeliest(const struct search *s) {
    size_t best = 0;
    for (size_t h = 1; h < s->belief.len; h++)
        if (s->belief.posterior[h] > s->belief.posterior[best])
            best = h;
    return best;
}

static uint64_t mixed(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

struct hypothesis {
    uint64_t seen; /* the same for those that no test can tell apart */
    double mass;
};

static int by_seen(const void *a, const void *b) {
    const struct hypothesis *x = a, *y = b;
    return x->seen < y->seen ? -1 : x->seen > y->seen;
}

/* Two hypotheses are one class when every position that can be tested is broken under both or
 * sound under both. Positions are summed by a random number each, so classes are equal sums. */
static bool is_settled(const struct search *s) {
    const struct belief *b = &s->belief;
    bool blocked = false;
    for (size_t i = 0; i < s->tested_count; i++)
        blocked |= is_stuck(s, &s->tally[s->tested[i]]);
    if (!blocked)
        return false; /* each commit is told from its parents by testing it */
    struct hypothesis *all = xcalloc(b->len, sizeof(*all));
    double best = 0, mass = 0;
    for (size_t h = 0; h < b->len; h++)
        all[h].mass = b->posterior[h];
    for (size_t t = 0; t < b->len - 1; t++) {
        if (search_is_blocked(s, t))
            continue;
        for (size_t h = 0; h < b->len; h++)
            all[h].seen += belief_is_broken(b, t, h) ? mixed(t) : 0;
    }
    qsort(all, b->len, sizeof(*all), by_seen);
    for (size_t h = 0; h < b->len; h++) {
        mass = h && all[h].seen == all[h - 1].seen ? mass + all[h].mass : all[h].mass;
        best = fmax(best, mass);
    }
    free(all);
    return best >= s->options.confidence;
}

/* The bad end was tried, and cannot say anything: nothing can. */
static bool is_mute(const struct search *s) {
    return search_is_blocked(s, s->ancestry.len - 1);
}

enum search_answer search_next(struct search *s, size_t *at) {
    size_t best = likeliest(s), tip = s->ancestry.len - 1;
    if (is_mute(s))
        return SEARCH_NOT_REPRODUCED;
    if (!is_tested(s, tip)) {
        *at = tip;
        return SEARCH_TEST;
    }
    if (s->belief.posterior[best] >= s->options.confidence) {
        *at = best;
        if (best == belief_before(&s->belief) || (best <= tip && s->commits[best].older))
            return SEARCH_GOOD_IS_BAD;
        return best == belief_nowhere(&s->belief) ? SEARCH_NOT_REPRODUCED : SEARCH_CULPRIT;
    }
    bool chosen = choice_next(s, at);
    if (chosen && !search_is_built(s, *at) && search_builds(s) >= s->options.max_builds)
        return SEARCH_UNDECIDED;
    if (chosen && s->runs >= s->options.max_runs)
        return SEARCH_UNDECIDED;
    if (!chosen || is_settled(s))
        return SEARCH_RANGE;
    return SEARCH_TEST;
}

struct suspect {
    size_t commit;
    double mass;
};

static int by_mass(const void *a, const void *b) {
    const struct suspect *x = a, *y = b;
    if (x->mass < y->mass || x->mass > y->mass)
        return x->mass > y->mass ? -1 : 1;
    return x->commit < y->commit ? -1 : x->commit > y->commit;
}

size_t search_suspects(const struct search *s, size_t *out, double *rest) {
    size_t len = s->ancestry.len, n = 0;
    struct suspect *all = xcalloc(len, sizeof(*all));
    double sum = s->belief.posterior[belief_before(&s->belief)] +
                 s->belief.posterior[belief_nowhere(&s->belief)];
    *rest = sum;
    for (size_t c = 0; c < len; c++)
        all[c] = (struct suspect){c, s->belief.posterior[c]};
    qsort(all, len, sizeof(*all), by_mass);
    for (sum = 0; n < len && sum < s->options.confidence * (1 - *rest); n++) {
        sum += all[n].mass;
        out[n] = all[n].commit;
    }
    free(all);
    return n;
}
