/* SPDX-License-Identifier: Apache-2.0 */
/* quant_search: the scales and numbers that stand for a block with the smallest error.
 *
 * A block is x ≈ (d · s) · q - (dmin · m), with q of each element, s and m whole numbers of each
 * group, and d and dmin in f16. The error is the sum of w · (x - what stands for it)². */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/quant.h"

struct quant_grid {
    int groups, len; /* of a block, of elements in a group */
    int q_least, q_most;
    int s_least, s_most; /* the one of larger size is what the largest scale becomes */
    int m_most;          /* 0 = there are no mins */
    float first, step;   /* of the guesses: the span of a group over the largest q, plus these */
    /* w of one element, in units of the block's largest; rms is that of its group. */
    float (*weight)(float x, float rms);
};

struct quant_found {
    uint16_t d, dmin; /* f16 */
    int s[QUANT_GROUPS_MAX], m[QUANT_GROUPS_MAX];
    float q[QUANT_BLOCK_MAX]; /* whole */
};

/* False, and a d that decodes to infinity or NaN, when the block cannot be held. */
bool quant_search(struct quant_found *out, const struct quant_grid *g, const float *x);
