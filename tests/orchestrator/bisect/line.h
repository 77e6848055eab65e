/* SPDX-License-Identifier: Apache-2.0 */
/* line: histories of the tests, written down as parents. */
#pragma once

#include "orchestrator/bisect/inquiry.h"
#include "tests/test.h"

enum { LINE_MAX_LEN = 128 };

struct line {
    struct search_commit commits[LINE_MAX_LEN];
    int32_t parents[LINE_MAX_LEN][3];
    size_t len;
};

/* Commit t descends from t − 1, and the first from the good end. */
static inline void line_make(struct line *l, size_t len) {
    *l = (struct line){.len = len};
    for (size_t t = 0; t < len; t++) {
        l->parents[t][0] = (int32_t)t - 1;
        l->commits[t] = (struct search_commit){
            .links = {l->parents[t], 1},
              .weight = 1, .build = (int32_t)t
        };
    }
}

/* Commit t gets these parents. */
static inline void line_merge(struct line *l, size_t t, int32_t first, int32_t second) {
    l->parents[t][0] = first;
    l->parents[t][1] = second;
    l->commits[t].links.parent_count = second == ANCESTRY_NONE ? 1 : 2;
}

static inline struct search_options line_options(void) {
    struct search_options o = {.good_build = ANCESTRY_NONE,
                               .confidence = 0.99,
                               .build_cost = 8,
                               .max_builds = 1000,
                               .max_runs = 1000};
    inquiry_rates(&o, 0, 40, 0, 3);
    return o;
}

/* What happens where: the culprit, and what each commit says instead of it. */
struct line_world {
    size_t culprit;
    enum outcome other[LINE_MAX_LEN + 1]; /* PASS: what follows from the culprit */
    int asked[LINE_MAX_LEN + 1];
};

static inline enum outcome line_ask(struct line_world *w, const struct search *s, size_t at) {
    w->asked[at]++;
    if (w->other[at] != OUTCOME_PASS)
        return w->other[at];
    bool broken = at < s->ancestry.len && w->culprit < s->ancestry.len &&
                  ancestry_reaches(&s->ancestry, at, w->culprit);
    return broken ? OUTCOME_FAIL : OUTCOME_PASS;
}

/* To the end of the search alone; the answer, and *at. */
static inline enum search_answer line_search(struct search *s, struct line_world *w, size_t *at) {
    enum search_answer answer;
    while ((answer = search_next(s, at)) == SEARCH_TEST)
        search_see(s, *at, line_ask(w, s, *at));
    return answer;
}
