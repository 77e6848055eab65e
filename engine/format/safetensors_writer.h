/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_writer: tensors → one .safetensors file, byte for byte what the reference writes.
 *
 * Tensors are ordered by descending alignment of their type, then by name, so that every one of
 * them lies aligned; the header is padded with spaces to a multiple of 8. The file appears whole
 * or not at all. */
#pragma once

#include <stddef.h>

struct tensor;

struct safetensors_item {
    const char *name;
    const struct tensor *tensor; /* any strides; written contiguous */
};

/* Pairs of strings for __metadata__, written in the order given. */
struct safetensors_pair {
    const char *key, *value;
};

/* 0, ERR_ARG for a name given twice or not UTF-8, ERR_UNSUPPORTED for a dtype the format lacks,
 * ERR_LIMIT, ERR_NOMEM, ERR_IO. On failure an older file at path stands. */
int safetensors_write(const char *path, const struct safetensors_item *items, size_t count,
                      const struct safetensors_pair *metadata, size_t metadata_count);
