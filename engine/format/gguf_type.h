/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_type: the tensor types of the format by their number, as rows.
 *
 * Every file whose types are known can be opened and listed; whether the engine can hold the
 * values is asked only when a tensor is taken out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/dtype.h"

struct gguf_type {
    const char *name; /* as llama.cpp spells it, "Q4_K" */
    int block;        /* elements that are stored together; a row holds whole blocks */
    int bytes;        /* of one block */
    int align;        /* of an address that values may be loaded from, bytes */
    bool held;        /* the engine has a dtype for it */
    enum dtype dtype; /* meaningful when held */
};

/* NULL when the format has no such type, or has one no longer. */
const struct gguf_type *gguf_type_find(uint32_t id);
/* The type's number in a file. */
uint32_t gguf_type_id(const struct gguf_type *type);
