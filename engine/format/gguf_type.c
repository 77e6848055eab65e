/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_type.h"

#include <stddef.h>

/* A number without a row was never given, or its type was taken out of the format. */
/* clang-format off */
static const struct gguf_type types[] = {
    [0] = {"F32", 1, 4, 4, true, DTYPE_F32},
    [1] = {"F16", 1, 2, 2, true, DTYPE_F16},
    [2] = {"Q4_0", 32, 18, 2, true, DTYPE_Q4_0},
    [3] = {"Q4_1", 32, 20, 2, false, DTYPE_F32},
    [6] = {"Q5_0", 32, 22, 2, false, DTYPE_F32},
    [7] = {"Q5_1", 32, 24, 2, false, DTYPE_F32},
    [8] = {"Q8_0", 32, 34, 2, true, DTYPE_Q8_0},
    [9] = {"Q8_1", 32, 36, 2, false, DTYPE_F32},
    [10] = {"Q2_K", 256, 84, 2, false, DTYPE_F32},
    [11] = {"Q3_K", 256, 110, 2, false, DTYPE_F32},
    [12] = {"Q4_K", 256, 144, 2, true, DTYPE_Q4_K},
    [13] = {"Q5_K", 256, 176, 2, false, DTYPE_F32},
    [14] = {"Q6_K", 256, 210, 2, true, DTYPE_Q6_K},
    [15] = {"Q8_K", 256, 292, 4, false, DTYPE_F32},
    [16] = {"IQ2_XXS", 256, 66, 2, false, DTYPE_F32},
    [17] = {"IQ2_XS", 256, 74, 2, false, DTYPE_F32},
    [18] = {"IQ3_XXS", 256, 98, 2, false, DTYPE_F32},
    [19] = {"IQ1_S", 256, 50, 2, false, DTYPE_F32},
    [20] = {"IQ4_NL", 32, 18, 2, false, DTYPE_F32},
    [21] = {"IQ3_S", 256, 110, 2, false, DTYPE_F32},
    [22] = {"IQ2_S", 256, 82, 2, false, DTYPE_F32},
    [23] = {"IQ4_XS", 256, 136, 2, false, DTYPE_F32},
    [24] = {"I8", 1, 1, 1, true, DTYPE_I8},
    [25] = {"I16", 1, 2, 2, true, DTYPE_I16},
    [26] = {"I32", 1, 4, 4, true, DTYPE_I32},
    [27] = {"I64", 1, 8, 8, true, DTYPE_I64},
    [28] = {"F64", 1, 8, 8, true, DTYPE_F64},
    [29] = {"IQ1_M", 256, 56, 2, false, DTYPE_F32},
    [30] = {"BF16", 1, 2, 2, true, DTYPE_BF16},
    [34] = {"TQ1_0", 256, 54, 2, false, DTYPE_F32},
    [35] = {"TQ2_0", 256, 66, 2, false, DTYPE_F32},
    [39] = {"MXFP4", 32, 17, 1, false, DTYPE_F32},
    [40] = {"NVFP4", 64, 36, 1, false, DTYPE_F32},
};
/* clang-format on */
enum { TYPES = sizeof(types) / sizeof(types[0]) };

const struct gguf_type *gguf_type_find(uint32_t id) {
    return id < TYPES && types[id].name ? &types[id] : NULL;
}

uint32_t gguf_type_id(const struct gguf_type *type) {
    return (uint32_t)(type - types);
}
