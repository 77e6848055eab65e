/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_type: the 22 element types of the format, as rows.
 *
 * Every file that names one of them can be opened and listed; whether the engine can hold the
 * values is asked only when a tensor is taken out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/tensor/dtype.h"

struct safetensors_type {
    const char *name; /* as the header spells it, "F8_E4M3" */
    int bits;         /* of one element */
    bool held;        /* the engine has a dtype for it */
    enum dtype dtype; /* meaningful when held */
};

enum { SAFETENSORS_TYPE_COUNT = 22 };

/* NULL when the format has no such type. */
const struct safetensors_type *safetensors_type_find(const char *name);
/* NULL when the format has no type for it. */
const struct safetensors_type *safetensors_type_of(enum dtype dtype);
/* The place in the order of writing: larger elements come first. */
int safetensors_type_order(const struct safetensors_type *type);
/* Row i of the table, in ascending order of alignment; i < SAFETENSORS_TYPE_COUNT. */
const struct safetensors_type *safetensors_type_at(size_t i);
