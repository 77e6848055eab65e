/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/safetensors_type.h"

#include <string.h>

#include "engine/base/err.h"

/* In the reference writer's order of alignment, which decides the order of tensors in a file. */
static const struct safetensors_type types[SAFETENSORS_TYPE_COUNT] = {
    {"BOOL",        8,  true,  DTYPE_BOOL},
    {"F4",          4,  false, DTYPE_F32 },
    {"F6_E2M3",     6,  false, DTYPE_F32 },
    {"F6_E3M2",     6,  false, DTYPE_F32 },
    {"U8",          8,  true,  DTYPE_U8  },
    {"I8",          8,  true,  DTYPE_I8  },
    {"F8_E5M2",     8,  false, DTYPE_F32 },
    {"F8_E4M3",     8,  false, DTYPE_F32 },
    {"F8_E8M0",     8,  false, DTYPE_F32 },
    {"F8_E4M3FNUZ", 8,  false, DTYPE_F32 },
    {"F8_E5M2FNUZ", 8,  false, DTYPE_F32 },
    {"I16",         16, true,  DTYPE_I16 },
    {"U16",         16, true,  DTYPE_U16 },
    {"F16",         16, true,  DTYPE_F16 },
    {"BF16",        16, true,  DTYPE_BF16},
    {"I32",         32, true,  DTYPE_I32 },
    {"U32",         32, true,  DTYPE_U32 },
    {"F32",         32, true,  DTYPE_F32 },
    {"C64",         64, false, DTYPE_F32 },
    {"F64",         64, true,  DTYPE_F64 },
    {"I64",         64, true,  DTYPE_I64 },
    {"U64",         64, true,  DTYPE_U64 },
};

const struct safetensors_type *safetensors_type_find(const char *name) {
    for (size_t i = 0; i < SAFETENSORS_TYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

const struct safetensors_type *safetensors_type_of(enum dtype dtype) {
    for (size_t i = 0; i < SAFETENSORS_TYPE_COUNT; i++)
        if (types[i].held && types[i].dtype == dtype)
            return &types[i];
    return NULL;
}

int safetensors_type_order(const struct safetensors_type *type) {
    return SAFETENSORS_TYPE_COUNT - 1 - (int)(type - types);
}

const struct safetensors_type *safetensors_type_at(size_t i) {
    CHECK(i < SAFETENSORS_TYPE_COUNT);
    return &types[i];
}
