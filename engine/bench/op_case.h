/* SPDX-License-Identifier: Apache-2.0 */
/* op_case: one op as a model of some geometry calls it, and what it costs whoever computes it. */
#pragma once

#include <stdbool.h>

#include "engine/bench/geometry.h"
#include "engine/bench/peak.h"
#include "engine/op/op.h"

/* Inputs of a case. Which of them are weights (or a cache), of which a model has one per layer,
 * is said by `resident`; the rest are activations, which are still warm from the op before. */
struct op_case {
    enum op op;
    const char *name; /* "gate": which of the model's matmuls, say */
    struct op_params params;
    int inputs;
    struct tensor in[OP_INPUTS_MAX]; /* shapes; data NULL */
    bool resident[OP_INPUTS_MAX];
    double bytes;      /* that must be read or written at least once */
    double operations; /* multiplications and additions of matrices and attention, else 0 */
    enum peak_kind peak;
};

/* What varies over the cases of a geometry. */
struct op_axes {
    const struct geometry *geometry;
    int64_t tokens;   /* of the step */
    int64_t depth;    /* tokens in the cache before it */
    enum dtype dtype; /* of weights */
};

/* How many cases a geometry has; index i below. */
int op_case_count(const struct geometry *g);
/* 0; ERR_UNSUPPORTED when the dtype does not fit: its rows are no multiple of its block, or the op
 * takes no weights and dtype is not f32; or the model never calls it with so many tokens. */
int op_case_init(struct op_case *out, const struct op_axes *axes, int i);
/* "[512,896] [4864,896]". Returns text. */
const char *op_case_text(const struct op_case *c, char text[TENSOR_TEXT_SIZE]);
