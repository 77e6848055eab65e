/* SPDX-License-Identifier: Apache-2.0 */
/* kernels: what rows.c lists, once per level. */
#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/native/kernels/level.h"

typedef bool native_accepts_fn(const struct device *dev, const struct op_call *call);
typedef size_t native_scratch_fn(const struct device *dev, const struct op_call *call);
typedef int native_run_fn(struct device *dev, const struct op_call *call);

native_accepts_fn NATIVE(matmul_accepts), NATIVE(rowwise_accepts), NATIVE(move_accepts),
    NATIVE(rope_accepts), NATIVE(attention_accepts), NATIVE(blocks_accepts), NATIVE(pairs_accepts),
    NATIVE(half_accepts);
native_scratch_fn NATIVE(matmul_scratch), NATIVE(rope_scratch), NATIVE(attention_scratch),
    NATIVE(blocks_scratch), NATIVE(block_rows_scratch), NATIVE(pairs_scratch), NATIVE(half_scratch);
native_run_fn NATIVE(matmul), NATIVE(matmul_pairs), NATIVE(matmul_half), NATIVE(matmul_blocks),
    NATIVE(get_block_rows), NATIVE(get_rows), NATIVE(copy), NATIVE(kv_store), NATIVE(add),
    NATIVE(mul), NATIVE(scale), NATIVE(silu), NATIVE(gelu), NATIVE(gelu_tanh), NATIVE(tanh),
    NATIVE(relu), NATIVE(rms_norm), NATIVE(layer_norm), NATIVE(softmax), NATIVE(rope),
    NATIVE(attention);
