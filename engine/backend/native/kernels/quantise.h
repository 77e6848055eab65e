/* SPDX-License-Identifier: Apache-2.0 */
/* quantise: rows of x as bytes, in blocks of 32 with a scale each, for products in integers.
 *
 * q = round(x / d) with d = the block's largest / 127, as in q8_0. A block with something that is
 * not finite has d = NaN, and so has every sum it enters. */
#pragma once

#include <stddef.h>

#include "engine/backend/native/kernels/level.h"
#include "engine/backend/native/kernels/shape.h"

enum { QUANTISE_BLOCK = 32 };

struct quantised {
    int8_t *q;     /* [n][k] */
    float *d;      /* [n][k / 32] */
    int32_t *sums; /* [n][k / 16] of q */
    int64_t n, k;  /* k is a multiple of 32 */
};

/* Bytes that n rows of k take, and where the parts lie in them. */
static inline size_t quantise_bytes(int64_t n, int64_t k) {
    return shape_lines((size_t)(n * k)) + shape_lines((size_t)(n * k / 8)) +
           shape_lines((size_t)(n * k / 4));
}
static inline void quantise_place(struct quantised *x, void *room, int64_t n, int64_t k) {
    x->q = room;
    x->d = (float *)(void *)((char *)room + shape_lines((size_t)(n * k)));
    x->sums = (int32_t *)(void *)((char *)x->d + shape_lines((size_t)(n * k / 8)));
    x->n = n;
    x->k = k;
}

/* Row `row` of x from k floats. */
void NATIVE(quantise_row)(const struct quantised *x, int64_t row, const float *from);
