/* SPDX-License-Identifier: Apache-2.0 */
/* divergence: how far the next-token distributions of one way of computing lie from another's.
 *
 * Both are fed the same text, a few dozen tokens at a time, and after each token the measure is the
 * Kullback-Leibler divergence Σ p·ln(p / q) of p = softmax(exact logits), q = softmax(the other's),
 * in nats: what a coder loses on each token who believes q where p is true. It says what an error
 * of logits means for what is generated, which an nmse does not. */
#pragma once

#include "engine/run/session.h"

enum {
    DIVERGENCE_STEP = 64, /* tokens computed at once: prompts are what reduced modes are for */
    DIVERGENCE_TOKENS_MAX = 1 << 20,
};

struct divergence {
    int64_t tokens; /* distributions compared */
    double mean, median, p99, max;
    int64_t agree; /* both find the same token likeliest (the first, of equals) */
};

/* Of one distribution, from vocab logits each. NaN when a logit of either is NaN or +inf, or all
 * are -inf; infinite where q = 0 and p is not. */
double divergence_of(const float *exact, const float *other, int64_t vocab);
/* Sessions are empty, with room for len ids, of models with the same vocabulary. 0; ERR_ARG for no
 * ids; ERR_UNSUPPORTED for a model without logits of a next token; ERR_LIMIT naming a token after
 * which logits are no numbers; what session_step() returns. */
int divergence_measure(struct divergence *out, struct session *exact, struct session *other,
                       const int32_t *ids, int64_t len);
