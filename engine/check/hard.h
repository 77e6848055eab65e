/* SPDX-License-Identifier: Apache-2.0 */
/* hard: each op of a model's plans alone, on numbers that its activations hardly ever are.
 *
 * Params, shapes, strides and weights are the plan's; activations are drawn: rows near their mean,
 * far from zero, of nine decades, of one outlier, all alike, zero, among denormals, huge. What
 * comes out is held against plain.h, under the class of the op. */
#pragma once

#include <stdbool.h>

#include "engine/op/op.h"
#include "engine/op/stage.h"

struct case_run;

enum { HARD_TEXT = 64 };

/* The first op that is wrong. */
struct hard_finding {
    bool found;
    enum op op;
    enum stage stage; /* that its node works for; STAGE_NONE = of none */
    int layer;
    char kernel[HARD_TEXT];
    char shapes[OP_SHAPES_SIZE];
    const char *numbers; /* "rows of zeros" */
    double nmse, max_abs, limit;
};

/* The case's prompt and its last token behind the rest, fused and not. out may be NULL. */
int hard_run(struct case_run *c, struct hard_finding *out);
