/* SPDX-License-Identifier: Apache-2.0 */
/* overlay: bytes that are meant for two things at once, by where the operands of a node lie. */
#pragma once

#include "engine/graph/plan.h"

/* Whether operand i is bytes of the caller's: an input, a weight, a cache. */
bool overlay_is_state(const struct plan_route *r, int i);
/* Whether the result or the scratch memory of the node lies over an operand or over the other, or
 * what it writes into lies over what another node of the plan reads or writes. */
bool overlay_found(const struct plan *p, const struct plan_route *r, const struct op_call *call);
