/* SPDX-License-Identifier: Apache-2.0 */
/* inquiry: a bisection from its first test to its verified answer, still without testing anything
 * itself. A search names a commit, verification runs it and its parents again, and when that
 * clears it the search goes on with what was learnt.
 *
 * It depends on nothing but the outcomes it is given, in their order: whoever gives the same
 * again, from a journal, is where he was. */
#pragma once

#include "orchestrator/bisect/search.h"
#include "orchestrator/bisect/verify.h"

struct inquiry {
    struct search search;
    struct verify verify;
    int verify_least; /* runs of suspect and parents, at least; 0 = no verification */
    bool verifying;
    bool over;
    int rounds;
    /* When it is over: */
    enum search_answer answer;
    size_t culprit;                         /* SEARCH_CULPRIT */
    enum verify_status status;              /* of the culprit */
    size_t role_at[1 + VERIFY_PARENTS_MAX]; /* positions of the verification */
};

/* As search_init(). */
int inquiry_init(struct inquiry *out, const struct search_commit *commits, size_t len,
                 const struct search_options *options, int verify_least);
void inquiry_done(struct inquiry *q); /* copes with a zeroed struct */
/* True with the position to run the case at; false when it is over. */
bool inquiry_next(struct inquiry *q, size_t *at);
void inquiry_see(struct inquiry *q, size_t at, enum outcome outcome);

/* What history says: of `sound_runs` runs before the fault sound_fails failed, of `broken_runs`
 * since then broken_passes passed. A case that flickers when sound is likely to do so when
 * broken. */
void inquiry_rates(struct search_options *options, int sound_fails, int sound_runs,
                   int broken_passes, int broken_runs);
/* The same for a rate that the user gives, 0…0.4. */
void inquiry_given_rate(struct search_options *options, double rate);
