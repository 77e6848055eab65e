/* SPDX-License-Identifier: Apache-2.0 */
/* kernels: the CPU reference, one function an op. These are the definitions of the ops.
 *
 * Any strides and any dtype that op_shape() lets through. Numbers are widened to f64, reduced in
 * an order that depends on the shape alone, and rounded to f32 once, at the end; rows are shared
 * out by pool_rows(). So a result is the same to the bit on any number of threads. Written for
 * reading: faster kernels live elsewhere and are compared with these. */
#pragma once

#include "engine/backend/backend.h"

typedef int cpu_run_fn(struct device *dev, const struct op_call *call);
typedef size_t cpu_scratch_fn(const struct device *dev, const struct op_call *call);

cpu_run_fn cpu_get_rows, cpu_copy, cpu_kv_store;                  /* rows.c */
cpu_run_fn cpu_add, cpu_mul, cpu_scale;                           /* elementwise.c */
cpu_run_fn cpu_silu, cpu_gelu, cpu_gelu_tanh, cpu_tanh, cpu_relu; /* elementwise.c */
cpu_run_fn cpu_rms_norm, cpu_layer_norm, cpu_softmax;             /* norm.c */
cpu_scratch_fn cpu_row_scratch;                                   /* of those two files */
cpu_run_fn cpu_matmul;
cpu_scratch_fn cpu_matmul_scratch;
cpu_run_fn cpu_rope;
cpu_scratch_fn cpu_rope_scratch;
cpu_run_fn cpu_attention;
cpu_scratch_fn cpu_attention_scratch;
cpu_run_fn cpu_attn_scores, cpu_attn_values;
cpu_scratch_fn cpu_attn_scores_scratch, cpu_attn_values_scratch;
