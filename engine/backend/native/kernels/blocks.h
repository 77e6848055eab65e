/* SPDX-License-Identifier: Apache-2.0 */
/* blocks: bytes of x against panels of a quantised matrix, in integers.
 *
 * A lane is a row of the matrix, so no sum crosses lanes; a block's sum of products is exact, and
 * blocks are added up in f32 in the order of k. What one number of the result is depends on nothing
 * but its row of x and its row of the matrix. */
#pragma once

#include "engine/backend/native/kernels/quantise.h"
#include "engine/tensor/tensor.h"

struct blocks {
    struct quantised x;
    const struct tensor *w; /* TENSOR_PANELS */
    int64_t ahead;          /* as in struct gemv, … */
    bool few_streams;       /* … this, too */
    int64_t band;           /* most k of two panels at a time, BAND_K_MAX or less */
    float *out;             /* [x.n][out_stride] */
    int64_t out_stride;
};

/* What x has to know of the dtype of w before it is quantised. */
void NATIVE(blocks_expect)(struct quantised *x, enum dtype dtype);
/* Panels begin ≤ p < end; the rows behind the last panel are NATIVE(blocks_rest)(). */
void NATIVE(blocks_panels)(const struct blocks *g, int64_t begin, int64_t end);
void NATIVE(blocks_rest)(const struct blocks *g);
