/* SPDX-License-Identifier: Apache-2.0 */
/* gguf: one .gguf file, mapped or read, never written to.
 *
 * All of the header is parsed and checked at open; the tensors are handed out as views that live
 * exactly as long as the file. The file is untrusted: its tensors must lie in the data section in
 * their order, one behind the other with nothing but padding between, before any view is made.
 * Versions 2 and 3 are read, which differ in nothing but the number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/format/gguf_metadata.h"
#include "engine/format/gguf_type.h"
#include "engine/tensor/tensor.h"

enum {
    GGUF_TENSORS_MAX = 1000000,
    GGUF_VALUES_MAX = 1 << 20,
    GGUF_KEY_MAX = 65535, /* bytes */
    GGUF_NAME_MAX = 63,   /* bytes of a tensor's name */
    GGUF_RANK_MAX = 4,
    GGUF_ALIGNMENT_DEFAULT = 32,
    GGUF_ALIGNMENT_MAX = 4096,
};

enum gguf_flags {
    GGUF_MAP = 0,       /* tensor bytes stay in the page cache */
    GGUF_READ = 1 << 0, /* copied into memory: survives a file that shrinks later */
};

struct gguf;

struct gguf_tensor {
    const char *name;
    const struct gguf_type *type;
    int rank;
    int64_t shape[GGUF_RANK_MAX]; /* outermost first, unlike in the file */
    uint64_t begin, end;          /* bytes, from the start of the data section */
};

/* Whether a file begins as one of these. False also when it cannot be read. */
bool gguf_is_file(const char *path);

/* 0, ERR_NOTFOUND, ERR_IO, ERR_LIMIT, ERR_FORMAT; ERR_UNSUPPORTED for another version, byte order
 * or a part of a split file. The text names the file and the offset, key or tensor at fault. On
 * failure *out is left alone. */
int gguf_open(struct gguf **out, const char *path, int flags);
/* The same over bytes the caller keeps until close; name is what messages call them. */
int gguf_parse(struct gguf **out, const void *bytes, size_t size, const char *name);
void gguf_close(struct gguf *g); /* NULL is fine */

const char *gguf_path(const struct gguf *g);
struct file;
/* What is mapped or read, and how much of it comes before the tensors. */
const struct file *gguf_file(const struct gguf *g);
uint64_t gguf_head(const struct gguf *g);
uint32_t gguf_version(const struct gguf *g);
/* Tensors in the order of their bytes. */
size_t gguf_tensor_count(const struct gguf *g);
const struct gguf_tensor *gguf_tensor_at(const struct gguf *g, size_t index);
/* NULL when the file holds no such tensor. */
const struct gguf_tensor *gguf_tensor(const struct gguf *g, const char *name);
/* Bytes of all tensors, with the padding between them. */
uint64_t gguf_bytes(const struct gguf *g);

/* *out becomes a contiguous view of the named tensor, aligned for its type (bytes that lie
 * unaligned are copied once, at the first request). The view is read-only and dies with the file.
 * 0, ERR_NOTFOUND, ERR_UNSUPPORTED for a type the engine cannot hold, ERR_NOMEM. One thread at a
 * time. */
int gguf_get(struct gguf *g, const char *name, struct tensor *out);
/* See file_forget(); data is of a view. */
void gguf_forget(const struct gguf *g, const void *data, size_t size);
