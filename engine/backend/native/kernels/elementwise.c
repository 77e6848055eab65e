/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/act.h"
#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/rowwise.h"

bool NATIVE(rowwise_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    bool rows = tensor_row_stride(call->out) == 1 && call->in[0]->dtype == DTYPE_F32;
    for (int i = 0; i < ROWWISE_INPUTS && call->in[i]; i++)
        rows = rows && tensor_row_stride(call->in[i]) == 1;
    return rows;
}

typedef vf binary_fn(vf a, vf b);

/* A copy of the row: for all the compiler knows, what is stored might change it. */
SIMD_INLINE void apply_binary(const struct rowwise_row *of, binary_fn *fn) {
    const struct rowwise_row row = *of;
    for (int64_t i = 0; i < row.len; i += VL) {
        int64_t n = row.len - i;
        vf b = convert_load(row.in[1], row.dtype, i, n);
        vf_store_n(row.out + i, fn(vf_load_n(row.x + i, n), b), n);
    }
}

static void add(const struct rowwise_row *row) {
    apply_binary(row, vf_add);
}

static void mul(const struct rowwise_row *row) {
    apply_binary(row, vf_mul);
}

typedef vf unary_fn(vf x);

SIMD_INLINE void apply_unary(const struct rowwise_row *of, unary_fn *fn) {
    const struct rowwise_row row = *of;
    for (int64_t i = 0; i < row.len; i += VL)
        vf_store_n(row.out + i, fn(vf_load_n(row.x + i, row.len - i)), row.len - i);
}

/* Without params. */
SIMD_INLINE vf relu_of(vf x) {
    return vf_select_nan(x, vf_select_less(vf_zero(), x, x, vf_zero()));
}

static void silu(const struct rowwise_row *row) {
    apply_unary(row, vf_silu);
}

static void gelu_tanh(const struct rowwise_row *row) {
    apply_unary(row, vf_gelu_tanh);
}

static void relu(const struct rowwise_row *row) {
    apply_unary(row, relu_of);
}

static void gelu(const struct rowwise_row *row) {
    for (int64_t i = 0; i < row->len; i++)
        row->out[i] = row->x[i] * (0.5f * (1 + erff(row->x[i] * 0x1.6a09e6p-1f)));
}

static void hyperbolic_tangent(const struct rowwise_row *row) {
    for (int64_t i = 0; i < row->len; i++)
        row->out[i] = tanhf(row->x[i]);
}

void NATIVE(act_row)(enum op act, float *out, const float *x, int64_t n) {
    static rowwise_fn *const fns[OP_COUNT] = {
        [OP_SILU] = silu,           [OP_GELU] = gelu,
        [OP_GELU_TANH] = gelu_tanh, [OP_TANH] = hyperbolic_tangent,
        [OP_RELU] = relu,
    };
    fns[act](&(struct rowwise_row){.out = out, .x = x, .len = n});
}

static void scale(const struct rowwise_row *row) {
    vf by = vf_set((float)row->params->scale);
    for (int64_t i = 0; i < row->len; i += VL)
        vf_store_n(row->out + i, vf_mul(vf_load_n(row->x + i, row->len - i), by), row->len - i);
}

int NATIVE(add)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, add);
}

int NATIVE(mul)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, mul);
}

int NATIVE(scale)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, scale);
}

int NATIVE(silu)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, silu);
}

int NATIVE(gelu)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, gelu);
}

int NATIVE(gelu_tanh)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, gelu_tanh);
}

int NATIVE(tanh)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, hyperbolic_tangent);
}

int NATIVE(relu)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, relu);
}
