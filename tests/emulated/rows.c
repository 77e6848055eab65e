/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of kernels/rows.c that emulated instructions compute. */
#include "engine/backend/native/kernels/kernels.h"

extern const struct kernel NATIVE(kernels)[];

/* clang-format off */
const struct kernel NATIVE(kernels)[] = {
    {OP_MATMUL, DTYPES_STORAGE, NATIVE_NAME("matmul_f16"),  NATIVE(half_accepts),   NATIVE(half_scratch),   NATIVE(matmul_half)},
    {OP_MATMUL, DTYPES_STORAGE, NATIVE_NAME("matmul_bf16"), NATIVE(pairs_accepts),  NATIVE(pairs_scratch),  NATIVE(matmul_pairs)},
    {OP_MATMUL, DTYPES_STORAGE, NATIVE_NAME("matmul"),      NATIVE(matmul_accepts), NATIVE(matmul_scratch), NATIVE(matmul)},
    {OP_MATMUL, DTYPES_BLOCK,   NATIVE_NAME("matmul_q8"),   NATIVE(blocks_accepts), NATIVE(blocks_scratch), NATIVE(matmul_blocks)},
    KERNEL_END_ROW,
};
/* clang-format on */
