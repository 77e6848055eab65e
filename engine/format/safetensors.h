/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors: one .safetensors file, mapped or read, never written to.
 *
 * The header is parsed once, at open; the tensors are handed out as views that live exactly as
 * long as the file. The file is untrusted: its tensors must cover the data section without a
 * hole or an overlap before any view is made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/format/safetensors_type.h"
#include "engine/tensor/tensor.h"

enum {
    SAFETENSORS_HEADER_MAX = 100000000, /* bytes; the reference reader refuses more */
    SAFETENSORS_TENSORS_MAX = 1000000,
    SAFETENSORS_NAME_MAX = 65536, /* bytes of a tensor's name */
    SAFETENSORS_RANK_MAX = 8,
};

enum safetensors_flags {
    SAFETENSORS_MAP = 0,       /* tensor bytes stay in the page cache */
    SAFETENSORS_READ = 1 << 0, /* copied into memory: survives a file that shrinks later */
};

struct safetensors;

struct safetensors_entry {
    const char *name;
    const struct safetensors_type *type;
    int rank;
    int64_t shape[SAFETENSORS_RANK_MAX];
    uint64_t begin, end; /* bytes, from the start of the data section */
};

/* 0, ERR_NOTFOUND, ERR_IO, ERR_FORMAT or ERR_LIMIT; the text names the file and the offset or
 * key at fault. On failure *out is left alone. */
int safetensors_open(struct safetensors **out, const char *path, int flags);
/* The same over bytes the caller keeps until close; name is what messages call them. */
int safetensors_parse(struct safetensors **out, const void *bytes, size_t size, const char *name);
void safetensors_close(struct safetensors *st); /* NULL is fine */

const char *safetensors_path(const struct safetensors *st);
struct file;
/* What is mapped or read, and how much of it comes before the tensors. */
const struct file *safetensors_file(const struct safetensors *st);
uint64_t safetensors_head(const struct safetensors *st);
/* Tensors in the order of their bytes. */
size_t safetensors_count(const struct safetensors *st);
const struct safetensors_entry *safetensors_at(const struct safetensors *st, size_t index);
/* NULL when the file holds no such tensor. */
const struct safetensors_entry *safetensors_find(const struct safetensors *st, const char *name);
/* Bytes of the data section. */
uint64_t safetensors_bytes(const struct safetensors *st);
/* The value of a key of __metadata__, or NULL. */
const char *safetensors_metadata(const struct safetensors *st, const char *key);
size_t safetensors_metadata_count(const struct safetensors *st);
void safetensors_metadata_at(const struct safetensors *st, size_t index, const char **key,
                             const char **value);

/* *out becomes a contiguous view of the named tensor, aligned for its type (bytes that lie
 * unaligned in the file are copied once, at the first request). The view is read-only and dies
 * with the file. 0, ERR_NOTFOUND, ERR_UNSUPPORTED for a type the engine cannot hold, ERR_FORMAT
 * for a BOOL byte that is neither 0 nor 1, ERR_NOMEM. One thread at a time. */
int safetensors_get(struct safetensors *st, const char *name, struct tensor *out);
/* See file_forget(); data is of a view. */
void safetensors_forget(const struct safetensors *st, const void *data, size_t size);
