/* SPDX-License-Identifier: Apache-2.0 */
/* gemm: many rows of x against the rows of a matrix, in f32 FMA.
 *
 * x is packed into panels of PANEL rows with one row per lane, [panel][k][PANEL]; a number of w is
 * then one broadcast, taken from the layout of its file, and no sum crosses lanes. A tile of
 * TILE_ROWS rows of w by one panel stays in registers. */
#pragma once

#include <stdint.h>

#include "engine/backend/native/kernels/level.h"
#include "engine/backend/native/kernels/tile.h"
#include "engine/tensor/tensor.h"

enum {
    GEMM_BAND = 48, /* rows of w whose sums wait for their last k; a multiple of TILE_ROWS */
    GEMM_K = 256,   /* k at a time: a tile of w stays in the first cache; whole blocks */
    GEMM_ROWS = 16, /* of w unpacked at a time, at most */
    GEMM_X = 512,   /* rows of x at a time: their sums stay in the second */
};

/* Floats of x packed. */
static inline int64_t gemm_packed(int64_t n, int64_t k) {
    return (n + PANEL - 1) / PANEL * PANEL * k;
}

/* Panels begin … end-1 of n rows of k numbers, `stride` apart, into out. Rows that are not there
 * are zeros. */
void NATIVE(gemm_pack)(float *out, const float *x, int64_t stride, int64_t n, int64_t k,
                       int64_t begin, int64_t end);

/* One band: out[t][m] for all n rows t of x and rows begin ≤ m < end of w, at most GEMM_BAND. */
struct gemm {
    const float *x;         /* packed */
    const struct tensor *w; /* [M,K] */
    int64_t n, k;
    bool pairs; /* a number of x and of w stands for two of bf16 */
    float *out; /* [n][out_stride], column m is row m of w */
    int64_t out_stride;
};
/* scratch: gemm_scratch() floats of this thread's own. */
void NATIVE(gemm_band)(const struct gemm *g, int64_t begin, int64_t end, float *scratch);
static inline int64_t gemm_scratch(void) {
    return (int64_t)GEMM_ROWS * GEMM_K + (int64_t)GEMM_BAND * GEMM_X;
}

/* Sums c[m - begin][t], GEMM_X apart, to out[t · stride + m] for begin ≤ m < end and t < n. */
void NATIVE(gemm_store)(float *out, int64_t stride, const float *c, int64_t begin, int64_t end,
                        int64_t n);
