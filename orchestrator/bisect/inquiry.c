/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/inquiry.h"

#include "engine/base/err.h"

/* How often a commit may be named and cleared again. */
enum { ROUNDS_MAX = 4 };

/* A given rate counts as much as that many runs; what is seen in sound runs counts a quarter for
 * broken ones, where it is mostly the same noise. */
static const double given_runs = 200, sound_for_broken = 0.25;

int inquiry_init(struct inquiry *out, const struct search_commit *commits, size_t len,
                 const struct search_options *options, int verify_least) {
    *out = (struct inquiry){.verify_least = verify_least};
    return search_init(&out->search, commits, len, options);
}

void inquiry_done(struct inquiry *q) {
    search_done(&q->search);
    *q = (struct inquiry){0};
}

void inquiry_rates(struct search_options *options, int sound_fails, int sound_runs,
                   int broken_passes, int broken_runs) {
    options->q = (struct rate){sound_fails, sound_runs - sound_fails};
    options->m =
        (struct rate){broken_passes + sound_for_broken * sound_fails,
                      broken_runs - broken_passes + sound_for_broken * (sound_runs - sound_fails)};
}

void inquiry_given_rate(struct search_options *options, double rate) {
    options->q = options->m = (struct rate){given_runs * rate, given_runs * (1 - rate)};
}

/* The suspect, and each of its parents once; those older than the range are the good end. */
static void begin_verifying(struct inquiry *q) {
    const struct ancestry *a = &q->search.ancestry;
    const struct ancestry_commit *c = &a->commits[q->culprit];
    size_t roles = 0;
    q->role_at[roles++] = q->culprit;
    for (size_t p = 0; p < c->parent_count && roles <= VERIFY_PARENTS_MAX; p++) {
        size_t at = c->parents[p] == ANCESTRY_NONE ? a->len : (size_t)c->parents[p];
        bool seen = false;
        for (size_t r = 0; r < roles; r++)
            seen |= q->role_at[r] == at;
        if (!seen)
            q->role_at[roles++] = at;
    }
    verify_init(&q->verify, q->search.belief.q, q->search.belief.m, q->verify_least, roles - 1);
    q->verifying = true;
    q->rounds++;
}

static bool finish(struct inquiry *q, enum search_answer answer, enum verify_status status) {
    q->answer = answer;
    q->status = status;
    q->over = true;
    return false;
}

bool inquiry_next(struct inquiry *q, size_t *at) {
    while (!q->over) {
        if (q->verifying) {
            int role = verify_next(&q->verify);
            if (role >= 0) {
                *at = q->role_at[role];
                return true;
            }
            q->verifying = false;
            enum verify_status status = verify_status(&q->verify);
            if (status != VERIFY_VINDICATED)
                return finish(q, SEARCH_CULPRIT, status);
        }
        size_t found = 0;
        enum search_answer answer = search_next(&q->search, &found);
        *at = found;
        if (answer == SEARCH_TEST)
            return true;
        q->culprit = found;
        if (answer != SEARCH_CULPRIT || q->verify_least == 0)
            return finish(q, answer, VERIFY_UNVERIFIED);
        if (q->rounds >= ROUNDS_MAX)
            return finish(q, answer, VERIFY_VINDICATED);
        begin_verifying(q);
    }
    return false;
}

void inquiry_see(struct inquiry *q, size_t at, enum outcome outcome) {
    search_see(&q->search, at, outcome);
    for (size_t r = 0; q->verifying && r < q->verify.roles; r++)
        if (q->role_at[r] == at)
            verify_see(&q->verify, r, outcome);
}
