/* SPDX-License-Identifier: Apache-2.0 */
/* sampler: processed scores → a token.
 *
 * Sampling is argmax(p_i / q_i) with q_i ~ Exp(1), which draws from p. The noise is our own,
 * counted by (seed, step, row, token), or given by the caller, so that a draw can be repeated
 * anywhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct choice {
    int32_t id;
    float score;    /* its processed score */
    int32_t runner; /* the next best token by score, or -1 */
    float margin;   /* best score minus next best; small = near a tie */
};

struct noise {
    const float *q; /* [vocab] given noise, or NULL: from the counter */
    uint64_t seed, step;
    uint32_t row;
};

/* Of equal scores the lowest id wins; NaN wins over all, as in torch. */
struct choice sampler_greedy(const float *scores, int64_t vocab);
/* probs is working memory [vocab]. */
struct choice sampler_draw(const float *scores, float *probs, int64_t vocab,
                           const struct noise *noise);
