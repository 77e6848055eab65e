/* SPDX-License-Identifier: Apache-2.0 */
/* rule: which shapes and dtypes fit each op, one function a family of ops. op_shape() has checked
 * that the required inputs are there. */
#pragma once

#include "engine/op/op.h"

typedef int rule_fn(struct tensor *out, const struct op_call *call);

rule_fn rule_get_rows, rule_binary, rule_unary, rule_matmul, rule_matmuls, rule_gated, rule_norm,
    rule_rope, rule_kv_store, rule_attention, rule_attn_scores, rule_attn_values, rule_copy;
