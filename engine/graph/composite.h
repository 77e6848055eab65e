/* SPDX-License-Identifier: Apache-2.0 */
/* composite: ops made of smaller ops. What a backend runs that lacks the whole, what shows the
 * stages inside, and what fused kernels are compared with. */
#pragma once

#include "engine/graph/graph.h"

/* Appends the parts of op to g; in has OP_INPUTS_MAX entries, values of g. Stages inside are named
 * with layer. Returns what the op would. */
typedef struct value *composite_fn(struct graph *g, const struct op_params *params,
                                   struct value *const *in, int layer);

/* NULL when op is not made of others. A composite uses no op that leads back to itself. */
composite_fn *composite_of(enum op op);
/* The stages inside a call of op that runs whole: those nobody can see. call has shapes. Returns
 * how many; at most cap are written. */
int composite_stages(const struct op_call *call, enum stage *out, int cap);
