/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_bytes: a GGUF file written piece by piece, for tests that need a particular one. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"

static inline void put_number(struct buf *b, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        buf_putc(b, (char)(value >> (8 * i)));
}

static inline void put_bytes(struct buf *b, const void *bytes, size_t len) {
    put_number(b, len, 8);
    buf_add(b, bytes, len);
}

static inline void put_text(struct buf *b, const char *text) {
    put_bytes(b, text, strlen(text));
}

static inline void put_head(struct buf *b, uint32_t version, uint64_t tensors, uint64_t values) {
    buf_puts(b, "GGUF");
    put_number(b, version, 4);
    put_number(b, tensors, 8);
    put_number(b, values, 8);
}

/* A key and the type of its value, which follows. */
static inline void put_key(struct buf *b, const char *key, uint32_t kind) {
    put_text(b, key);
    put_number(b, kind, 4);
}

static inline void put_array(struct buf *b, const char *key, uint32_t kind, uint64_t count) {
    put_key(b, key, 9);
    put_number(b, kind, 4);
    put_number(b, count, 8);
}

/* Dimensions as in the file, the fastest first. */
static inline void put_tensor(struct buf *b, const char *name, uint32_t rank, const uint64_t *dims,
                              uint32_t type, uint64_t offset) {
    put_text(b, name);
    put_number(b, rank, 4);
    for (uint32_t i = 0; i < rank; i++)
        put_number(b, dims[i], 8);
    put_number(b, type, 4);
    put_number(b, offset, 8);
}

static inline void put_padding(struct buf *b, size_t align) {
    while (b->len % align)
        buf_putc(b, 0);
}
