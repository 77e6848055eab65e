/* SPDX-License-Identifier: Apache-2.0 */
/* hard: each op of a model's plans alone, on drawn numbers (drawn.h), with the params, shapes,
 * strides and weights of the plan. */
#pragma once

#include "engine/check/drawn.h"

struct case_run;

/* The case's prompt and its last token behind the rest, fused and not. out may be NULL. */
int hard_run(struct case_run *c, struct drawn_finding *out);
