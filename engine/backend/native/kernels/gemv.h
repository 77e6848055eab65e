/* SPDX-License-Identifier: Apache-2.0 */
/* gemv: a few rows of x against a matrix that streams by once, for decoding.
 *
 * Lanes lie along k. What one number of the result is does not depend on how many rows of x there
 * are, so a token verified together with others gets the bits that it would get alone. */
#pragma once

#include <stdint.h>

#include "engine/backend/native/kernels/level.h"
#include "engine/backend/native/simd/simd.h"
#include "engine/tensor/tensor.h"

enum {
    GEMV_STEP = 2 * VL,   /* numbers of k at a time */
    GEMV_X = 8,           /* rows of x at most */
    GEMV_BYTES = 1 << 20, /* of the matrix in one piece of work: enough for its streams to run */
};

/* Floats of a row of x as NATIVE(gemv_arrange)() writes it. */
static inline int64_t gemv_arranged(int64_t k) {
    return (k + GEMV_STEP - 1) / GEMV_STEP * GEMV_STEP;
}
/* A row of x in the order in which matrices of dtype w are widened; zeros behind the end. */
void NATIVE(gemv_arrange)(float *out, const float *x, int64_t k, enum dtype w);

struct gemv {
    const float *x; /* [n][gemv_arranged(k)] */
    const struct tensor *w;
    int64_t n, k;     /* n ≤ GEMV_X */
    int64_t ahead;    /* bytes: how far before its use a line is asked for */
    bool few_streams; /* for one row of x: fewer rows of w at once, and into the first cache */
    float *out;       /* [n][out_stride] */
    int64_t out_stride;
};
/* Rows begin ≤ m < end of w. */
void NATIVE(gemv_rows)(const struct gemv *g, int64_t begin, int64_t end);
