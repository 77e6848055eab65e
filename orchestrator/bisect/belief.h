/* SPDX-License-Identifier: Apache-2.0 */
/* belief: how probable it is that each commit is the culprit, given tests that may lie.
 *
 * A hypothesis says where the fault came in: with commit c, before the range (the good end is bad
 * itself) or nowhere (what was seen was noise, or came from outside the repository). Under it a
 * commit is broken when it is c or descends from c. A broken commit passes with probability m, a
 * sound one fails with the same signature with probability q; neither is known, so both are drawn
 * from a grid, weighed by what history says of them, and the posterior is over culprit × q × m.
 * Bayes' rule does the rest; tests of one commit count as independent. */
#pragma once

#include <stddef.h>

#include "orchestrator/bisect/ancestry.h"

/* What a run of the case at a commit says. Other and skip say nothing of the culprit. */
enum outcome {
    OUTCOME_PASS,
    OUTCOME_FAIL,  /* with the signature that is looked for */
    OUTCOME_OTHER, /* failed for another reason, which may hide ours */
    OUTCOME_SKIP,  /* could not be built, or has no such case */
    OUTCOME_COUNT
};

/* How often a rate showed where it was looked for: Beta(hits + 1/2, misses + a little). */
struct rate {
    double hits, misses;
};

struct belief {
    const struct ancestry *ancestry;
    size_t len;          /* hypotheses: the commits, before, nowhere */
    double *log_prior;   /* [len] */
    double *log_rates;   /* [grid] log prior of a pair of rates */
    double *log_outcome; /* [len][grid] log probability of what was seen */
    double *posterior;   /* [len] sums to 1 */
    double *broken;      /* [len - 1] probability that a commit is; the last is the good end */
    double q, m;         /* posterior means */
};

/* weights: [ancestry->len] of the commits, any positive scale. */
void belief_init(struct belief *out, const struct ancestry *ancestry, const double *weights,
                 const struct rate *q, const struct rate *m);
void belief_done(struct belief *b); /* copes with a zeroed struct */
size_t belief_before(const struct belief *b);
size_t belief_nowhere(const struct belief *b);
/* Position `at` is a commit, or ancestry->len for the good end. */
bool belief_is_broken(const struct belief *b, size_t at, size_t hypothesis);
void belief_see(struct belief *b, size_t at, enum outcome outcome);
/* Bits that one more run at `at` is expected to tell of the culprit. */
double belief_gain(const struct belief *b, size_t at);
/* −p log2 p − (1−p) log2(1−p) */
double belief_entropy(double p);
