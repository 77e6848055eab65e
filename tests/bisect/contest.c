/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bisect/contest.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "orchestrator/bisect/inquiry.h"
#include "tests/bisect/plain.h"

/* What a history of nightly runs knows: so many before the fault, so few since. */
enum { SOUND_RUNS = 40, BROKEN_RUNS = 3, VERIFY_RUNS = 3, ATTEMPTS = 4 };

const char *contest_method_name(enum contest_method method) {
    static const char *const names[] = {"noctule bisect", "git bisect run", "any failure in 4"};
    return names[method];
}

static int turned(struct world *w, int runs) {
    int count = 0;
    for (int i = 0; i < runs; i++)
        count += world_random(w) < w->flake;
    return count;
}

static void add_range(struct contest_score *s, bool inside) {
    s->range += inside;
    s->astray += !inside;
}

static void score_answer(struct contest_score *s, const struct inquiry *q, const struct world *w) {
    size_t *suspects = xcalloc(w->len, sizeof(*suspects));
    double rest;
    size_t n = search_suspects(&q->search, suspects, &rest);
    bool inside = false;
    for (size_t i = 0; i < n; i++)
        inside |= suspects[i] == w->culprit;
    if (q->answer == SEARCH_CULPRIT && q->status != VERIFY_VINDICATED) {
        s->right += q->culprit == w->culprit;
        s->wrong += q->culprit != w->culprit;
    } else if (q->answer == SEARCH_RANGE || q->answer == SEARCH_UNDECIDED) {
        add_range(s, inside);
    } else {
        s->gave_up++;
    }
    free(suspects);
}

static void play_noctule(struct contest_score *s, struct world *w) {
    struct search_options options = {.good_build = ANCESTRY_NONE,
                                     .confidence = 0.99,
                                     .build_cost = 8,
                                     .max_builds = 1000,
                                     .max_runs = 5000};
    struct search_commit *commits = xcalloc(w->len, sizeof(*commits));
    struct inquiry q;
    size_t at;
    for (size_t t = 0; t < w->len; t++)
        commits[t] =
            (struct search_commit){.links = w->commits[t], .weight = 1, .build = (int32_t)t};
    int sound = turned(w, SOUND_RUNS), broken = turned(w, BROKEN_RUNS);
    inquiry_rates(&options, sound, SOUND_RUNS, broken, BROKEN_RUNS);
    CHECK(inquiry_init(&q, commits, w->len, &options, VERIFY_RUNS) == 0);
    while (inquiry_next(&q, &at))
        inquiry_see(&q, at, world_run(w, at));
    score_answer(s, &q, w);
    inquiry_done(&q);
    free(commits);
}

struct script {
    struct world *world;
    int attempts;
};

static enum plain_word run_script(void *arg, size_t at) {
    const struct script *script = arg;
    for (int i = 0; i < script->attempts; i++) {
        enum outcome outcome = world_run(script->world, at);
        if (outcome == OUTCOME_SKIP)
            return PLAIN_SKIP;
        if (outcome != OUTCOME_PASS)
            return PLAIN_BAD;
    }
    return PLAIN_GOOD;
}

static void play_plain(struct contest_score *s, struct world *w, int attempts) {
    struct script script = {w, attempts};
    struct plain_answer answer;
    plain_bisect(&answer, &w->ancestry, NULL, run_script, &script);
    if (answer.commit < w->len) {
        s->right += answer.commit == w->culprit;
        s->wrong += answer.commit != w->culprit;
    } else {
        add_range(s, answer.range[w->culprit]);
    }
    free(answer.range);
}

void contest_play(struct contest_score *score, enum contest_method method, enum world_kind kind,
                  size_t least, size_t most, double flake, uint64_t seed) {
    struct world w;
    size_t len = least + (size_t)(seed * 7919 % (most - least + 1));
    world_init(&w, kind, len, flake, seed);
    if (method == CONTEST_NOCTULE)
        play_noctule(score, &w);
    else
        play_plain(score, &w, method == CONTEST_PLAIN ? 1 : ATTEMPTS);
    score->worlds++;
    score->commits += (double)w.len;
    score->builds += w.builds;
    score->runs += w.runs;
    score->most_over = fmax(score->most_over, w.builds - log2((double)w.len));
    world_done(&w);
}
