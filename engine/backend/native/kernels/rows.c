/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/kernels.h"

enum {
    F32 = DTYPE_BIT(DTYPE_F32),
    BF16 = DTYPE_BIT(DTYPE_BF16),
    HALF = BF16 | DTYPE_BIT(DTYPE_F16),
    ANY = DTYPES_STORAGE,
    BLOCK = DTYPES_BLOCK,
    CACHE = DTYPES_STORAGE | DTYPES_CACHE,
};

extern const struct kernel NATIVE(kernels)[];

/* clang-format off */
/* What one kind of kernel multiplies: one matrix, several, or gate and up. */
#define PRODUCT(op, dtypes, text, kind, run) \
    {op, dtypes, NATIVE_NAME(text), NATIVE(kind##_accepts), NATIVE(kind##_scratch), NATIVE(run)}
#define PRODUCTS(dtypes, suffix, kind, run)                          \
    PRODUCT(OP_MATMUL, dtypes, "matmul" suffix, kind, run),          \
    PRODUCT(OP_MATMULS, dtypes, "matmuls" suffix, kind, run),        \
    PRODUCT(OP_GATED, dtypes, "gated" suffix, kind, run)

const struct kernel NATIVE(kernels)[] = {
    {OP_GET_ROWS,   ANY, NATIVE_NAME("get_rows"),   NATIVE(move_accepts),      NULL,                      NATIVE(get_rows)},
    {OP_GET_ROWS,   BLOCK, NATIVE_NAME("get_block_rows"), NATIVE(move_accepts), NATIVE(block_rows_scratch), NATIVE(get_block_rows)},
    {OP_ADD,        ANY, NATIVE_NAME("add"),        NATIVE(rowwise_accepts),   NULL,                      NATIVE(add)},
    {OP_MUL,        ANY, NATIVE_NAME("mul"),        NATIVE(rowwise_accepts),   NULL,                      NATIVE(mul)},
    {OP_SCALE,      F32, NATIVE_NAME("scale"),      NATIVE(rowwise_accepts),   NULL,                      NATIVE(scale)},
    {OP_SILU,       F32, NATIVE_NAME("silu"),       NATIVE(rowwise_accepts),   NULL,                      NATIVE(silu)},
    {OP_GELU,       F32, NATIVE_NAME("gelu"),       NATIVE(rowwise_accepts),   NULL,                      NATIVE(gelu)},
    {OP_GELU_TANH,  F32, NATIVE_NAME("gelu_tanh"),  NATIVE(rowwise_accepts),   NULL,                      NATIVE(gelu_tanh)},
    {OP_TANH,       F32, NATIVE_NAME("tanh"),       NATIVE(rowwise_accepts),   NULL,                      NATIVE(tanh)},
    {OP_RELU,       F32, NATIVE_NAME("relu"),       NATIVE(rowwise_accepts),   NULL,                      NATIVE(relu)},
    PRODUCTS(HALF,  "_f16",     half,   matmul_half),
    PRODUCTS(BF16,  "_bf16",    pairs,  matmul_pairs),
    PRODUCTS(ANY,   "",         matmul, matmul),
    PRODUCTS(BLOCK, "_q8",      blocks, matmul_blocks),
    PRODUCTS(BLOCK, "_widened", matmul, matmul),
    {OP_RMS_NORM,   ANY, NATIVE_NAME("rms_norm"),   NATIVE(rowwise_accepts),   NULL,                      NATIVE(rms_norm)},
    {OP_LAYER_NORM, ANY, NATIVE_NAME("layer_norm"), NATIVE(rowwise_accepts),   NULL,                      NATIVE(layer_norm)},
    {OP_SOFTMAX,    F32, NATIVE_NAME("softmax"),    NATIVE(rowwise_accepts),   NULL,                      NATIVE(softmax)},
    {OP_ROPE,       F32, NATIVE_NAME("rope"),       NATIVE(rope_accepts),      NATIVE(rope_scratch),      NATIVE(rope)},
    {OP_KV_STORE,   CACHE, NATIVE_NAME("kv_store"),   NATIVE(move_accepts),      NULL,                      NATIVE(kv_store)},
    {OP_ATTENTION,  CACHE, NATIVE_NAME("attention"),  NATIVE(attention_accepts), NATIVE(attention_scratch), NATIVE(attention)},
    {OP_COPY,       ANY, NATIVE_NAME("copy"),       NATIVE(move_accepts),      NULL,                      NATIVE(copy)},
    KERNEL_END_ROW,
};
/* clang-format on */
