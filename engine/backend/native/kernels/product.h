/* SPDX-License-Identifier: Apache-2.0 */
/* product: x, made ready once, against the matrix of a MATMUL, the matrices of a MATMULS side by
 * side, or gate and up of a GATED, whose rows meet while they are in the cache.
 *
 * How rows of one matrix are multiplied is the business of a kind of kernel; which thread takes
 * which rows, and where the sums go, is this file's. A number of the result is, to the bit, what
 * its MATMUL alone would be. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/backend/backend.h"
#include "engine/backend/native/kernels/level.h"
#include "engine/backend/native/kernels/shape.h"

/* The first len rows of w, which may have more behind them, against all rows of x: row t of the
 * result at out + t · stride. arg is the kind's. */
typedef void product_fn(void *arg, const struct tensor *w, int64_t len, float *out, int64_t stride,
                        int worker);

struct product {
    const struct op_call *call;
    struct rows out;
    product_fn *fn;
    void *arg;
    int64_t unit;  /* rows of a matrix that lie together: a piece begins at a multiple of it */
    int64_t grain; /* rows in a piece of work, whole units */
    float *tiles;  /* GATED: [threads][product_tile()] */
};

/* Whether x, result and matrices are rows, the matrices of one dtype and all in that layout. */
bool NATIVE(product_accepts)(const struct op_call *call, enum tensor_layout layout);
/* Rows that threads share out: of all matrices, or of the gate. */
static inline int64_t product_rows(const struct op_call *call) {
    return tensor_row_len(call->out);
}
/* Rows in a piece of work that would have so many: of a gate whole vectors, for what a NaN looks
 * like behind an activation depends on whether its vector is whole, and that on no thread. */
static inline int64_t product_grain(const struct op_call *call, int64_t rows) {
    enum { VECTOR = 16 };
    return call->op == OP_GATED ? (rows + VECTOR - 1) / VECTOR * VECTOR : rows;
}
/* The same for pieces of whole tiles, at most `most` rows: large ones, where small ones would not
 * let the busiest thread be done sooner by a fiftieth. */
int64_t NATIVE(product_even)(const struct op_call *call, int threads, int64_t tile, int64_t most);
/* Bytes of all tiles for pieces of so many rows, on whole lines. */
static inline size_t product_tiles(const struct op_call *call, int64_t grain, int threads) {
    int64_t most = grain < product_rows(call) ? grain : product_rows(call);
    size_t tile = shape_lines((size_t)(tensor_rows(call->in[0]) * most) * sizeof(float));
    return call->op == OP_GATED ? tile * (size_t)threads : 0;
}
void NATIVE(product_run)(struct device *dev, struct product *p);
