/* SPDX-License-Identifier: Apache-2.0 */
/* act: what takes one number to one number, for kernels that do so with a row of their own. */
#pragma once

#include <stdint.h>

#include "engine/backend/native/kernels/level.h"
#include "engine/op/op.h"

/* n numbers of x through act, into out, which may be x: the bits that the op's own kernel gives.
 * act is one that op_is_act(). */
void NATIVE(act_row)(enum op act, float *out, const float *x, int64_t n);
