/* SPDX-License-Identifier: Apache-2.0 */
/* half_gemm: many rows of x against the rows of a matrix of f16 or bf16, in FMA of f16.
 *
 * Twice as many products in a step as f32 has, of sums that are short: HALF_CHUNK products are
 * added up in f16, then moved over to f32. Powers of two keep the f16 in range: a row of x is
 * scaled so that its largest lies in [512, 1024), HALF_K numbers of a row of w so that theirs lies
 * in [0.5, 1), and no sum of a chunk can pass 32768.
 *
 * With u = 2^-11, |error| ≤ (HALF_CHUNK + 1)·u·Σ|w·x| (a rounding for each addition and one of x),
 * and for what lies below f16's normal numbers k·2^-23·max|x|·max|w|, of the row each.
 * Where a row has something that is not finite, all it enters is NaN. */
#pragma once

#include <stdint.h>

#include "engine/backend/native/kernels/gemm.h"
#include "engine/tensor/tensor.h"

enum {
    HALF_CHUNK = 32,
    HALF_ROWS = REGISTERS >= 32 ? 8 : 4, /* of w at once: a sum of f16 and two of f32 each */
};

struct half_gemm {
    uint16_t *x;            /* [panel][k][PANEL], packed */
    float *back;            /* [n up to whole panels]: what its row is multiplied with in the end */
    const struct tensor *w; /* [M,K] of f16 or bf16 */
    int64_t n, k;
    float *out; /* [n][out_stride] */
    int64_t out_stride;
};

/* Bytes of x and back for n rows of k, on whole lines. */
static inline size_t half_gemm_bytes(int64_t n, int64_t k) {
    int64_t rows = (n + PANEL - 1) / PANEL * PANEL;
    return ((size_t)(rows * k) * sizeof(uint16_t) + 63) / 64 * 64 +
           ((size_t)rows * sizeof(float) + 63) / 64 * 64;
}
/* Panels begin … end-1 of rows of k floats, `stride` apart. */
void NATIVE(half_gemm_pack)(const struct half_gemm *g, const float *x, int64_t stride,
                            int64_t begin, int64_t end);
/* Rows begin ≤ m < end of w, at most GEMM_BAND, against all of x. scratch: gemm_scratch() floats of
 * this thread's own. */
void NATIVE(half_gemm_band)(const struct half_gemm *g, int64_t begin, int64_t end, float *scratch);
