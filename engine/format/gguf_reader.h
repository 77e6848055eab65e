/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_reader: a cursor over the bytes of a GGUF file. Nothing is read that is not there, and
 * every refusal names the file and the offset. For the gguf files of this folder only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gguf_reader {
    const char *path; /* for messages */
    const uint8_t *data;
    uint64_t size, at; /* at ≤ size */
};

/* *out becomes the n bytes at the cursor, which moves on. what is for the message. */
int gguf_reader_take(struct gguf_reader *r, const char *what, uint64_t n, const uint8_t **out);
/* A little-endian number, unaligned. */
int gguf_reader_u32(struct gguf_reader *r, const char *what, uint32_t *out);
int gguf_reader_u64(struct gguf_reader *r, const char *what, uint64_t *out);
/* A length and that many bytes of UTF-8 without NUL: a key or a name, borrowed, 1 to max bytes. */
int gguf_reader_name(struct gguf_reader *r, const char *what, uint64_t max, const char **out,
                     size_t *len);
/* A length and that many bytes of any kind. */
int gguf_reader_bytes(struct gguf_reader *r, const char *what, const uint8_t **out, uint64_t *len);
/* ERR_FORMAT at an offset. */
int gguf_reader_fail(const struct gguf_reader *r, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* which cannot see into another file that this is a failure */
#define gguf_reader_fail(...) ((void)gguf_reader_fail(__VA_ARGS__), ERR_FORMAT)
#endif

/* Little-endian bytes as a number; size 1, 2, 4 or 8. */
uint64_t gguf_reader_load(const uint8_t *p, size_t size);
