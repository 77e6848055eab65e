/* SPDX-License-Identifier: Apache-2.0 */
/* shape: one op and inputs of a given shape: those that are drawn without bytes, weights and what
 * says who is seen with numbers that depend on the shape alone. */
#pragma once

#include "engine/backend/backend.h"

enum { SHAPE_DIMS = 6 };

/* Begins with n, way, dtype, dev and the op set, and the rest zero. */
struct shape {
    const int64_t *n; /* [SHAPE_DIMS]: what they are is said with each op */
    int way;          /* which of the ways the op is called in */
    enum dtype dtype; /* of weights or caches */
    struct device *dev;
    struct op_call call, rows; /* rows: for who reads plain rows */
    struct tensor in[OP_INPUTS_MAX], packed[OP_INPUTS_MAX];
    void *bytes[OP_INPUTS_MAX], *panels[OP_INPUTS_MAX];
    unsigned drawn; /* inputs without bytes */
};

typedef void shape_fn(struct shape *s);

shape_fn shape_matmul;   /* tokens, blocks of a row, rows */
shape_fn shape_matmuls;  /* tokens, blocks of a row, rows of each matrix */
shape_fn shape_gated;    /* tokens, blocks of a row, rows; four ways: acts */
shape_fn shape_get_rows; /* rows, blocks of a row, ids */
shape_fn shape_norm;     /* rows, len */
shape_fn shape_rope;     /* tokens, heads, len, pairs that turn; two ways: layouts */
shape_fn shape_rowwise;  /* rows, len */
shape_fn shape_binary;   /* rows, len; two ways: two of the same shape, or one row for all */
/* Batch rows, tokens, slots, heads, key heads, len of a head. */
shape_fn shape_kv_store, shape_attn_values;
enum shape_sight { SEES_BEFORE, SEES_LAST, SEES_ALL, SEES_UNPADDED, SEES_CHOSEN, SHAPE_SIGHTS };
shape_fn shape_attention, shape_attn_scores; /* so many ways */

void shape_done(struct shape *s);
