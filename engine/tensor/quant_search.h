/* SPDX-License-Identifier: Apache-2.0 */
/* quant_search: the scales and numbers that stand for a block with the smallest
 * error.
 *
 * A block is x ≈ (d · s) · q - (dmin · m), with q of each element, s and m
 * whole numbers of each group, and d and dmin in f16. The error is the sum of w
 * · (x - what stands for it)².
 *
 * QUANT_LANES groups are searched side by side: two blocks of Q4_K or one of
 * Q6_K. The numbers found are the same for every width of vectors and so on
 * every machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/quant.h"

enum { QUANT_LANES = 16, QUANT_SEARCH_BLOCKS = 2 };

struct quant_found {
    uint16_t d, dmin; /* f16 */
    int s[QUANT_GROUPS_MAX], m[QUANT_GROUPS_MAX];
    float q[QUANT_BLOCK_MAX]; /* whole */
};

/* Fills out[blocks], of Q4_K 1 or 2, of Q6_K 1. False when one of them cannot
 * be held: its d then decodes to infinity or NaN. */
typedef bool quant_search_fn(struct quant_found *out, enum dtype dtype, const float *x, int blocks);
quant_search_fn quant_search; /* the best there is on this machine */

/* Widths of vectors, the best first, the plain one last. */
struct quant_level {
    const char *name;
    bool (*has)(void); /* whether this machine can */
    quant_search_fn *search;
};
extern const struct quant_level quant_levels[]; /* ends with a NULL name */

quant_search_fn quant_search_plain;
#if defined(__x86_64__)
quant_search_fn quant_search_avx2, quant_search_avx512;
#endif
