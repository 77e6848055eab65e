/* SPDX-License-Identifier: Apache-2.0 */
/* plain: the ops once more, from their definitions alone: one element of the result at a time, in
 * long double, every index spelled out. Slow, and nothing to do with how the engine does it.
 *
 * A second opinion on backend/: of the engine only shapes and strides are used, and where a
 * KV_STORE rounds to a dtype, its conversion. */
#pragma once

#include "engine/op/op.h"

struct plain {
    const struct op_call *call;
    int64_t shape[OP_INPUTS_MAX][4];  /* of rank 4: dimensions that are not there are 1 */
    int64_t stride[OP_INPUTS_MAX][4]; /* of the same; of those 0 */
    double *in[OP_INPUTS_MAX];        /* the numbers of each input, one behind the other */
};

/* Reads all inputs, which are rows in host memory. call is borrowed; its out needs no data. */
void plain_init(struct plain *p, const struct op_call *call);
/* Reads input i again. */
void plain_read(struct plain *p, int i);
void plain_done(struct plain *p); /* copes with a zeroed struct */
/* What the op computes, row by row; want has room for the count of call->out. */
void plain_op(const struct plain *p, double *want);
/* How far each result of a MATMUL, MATMULS or GATED may move when x is rounded to eight bits, 32 at
 * a time: half a step of its block for every number. */
void plain_rounding(const struct plain *p, double *bound);
