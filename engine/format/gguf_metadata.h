/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_metadata: the keys and values of a GGUF file behind typed getters.
 *
 * Numbers of any integer type pass for an integer and of any float type for a real when they fit;
 * nothing else is converted. Failures name the file and the key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gguf;
struct gguf_metadata;
struct gguf_reader;

/* The numbers are the format's. */
enum gguf_kind {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY, /* on disk only: an array is a value whose `array` is set */
    GGUF_U64,
    GGUF_I64,
    GGUF_F64,
    GGUF_KINDS,
};

struct gguf_value {
    const char *key;
    enum gguf_kind kind; /* of the value, or of the items */
    bool array;          /* never of arrays */
    uint64_t count;      /* items; 1 unless an array */
    const uint8_t *data; /* the first item, unaligned, inside the file */
    uint64_t size;       /* bytes of all items */
    uint64_t offset;     /* of data in the file, for messages */
};

/* A string of an array: not NUL-terminated, any bytes, inside the file. */
struct gguf_string {
    const char *data;
    size_t len;
};

const char *gguf_kind_name(enum gguf_kind kind); /* "u32" */

size_t gguf_value_count(const struct gguf *g); /* in the order of the file */
const struct gguf_value *gguf_value_at(const struct gguf *g, size_t index);
const struct gguf_value *gguf_value(const struct gguf *g, const char *key); /* or NULL */

/* Required values. 0, or ERR_FORMAT. *out only on success. Strings are NUL-terminated UTF-8 and
 * live as long as the file. */
int gguf_int(const struct gguf *g, const char *key, int64_t min, int64_t max, int64_t *out);
int gguf_real(const struct gguf *g, const char *key, double *out); /* finite */
int gguf_bool(const struct gguf *g, const char *key, bool *out);
int gguf_str(const struct gguf *g, const char *key, const char **out);
/* An array of that kind of item. */
int gguf_array(const struct gguf *g, const char *key, enum gguf_kind kind,
               const struct gguf_value **out);

/* Optional values: an absent key leaves *out alone and returns 0. */
int gguf_opt_int(const struct gguf *g, const char *key, int64_t min, int64_t max, int64_t *out);
int gguf_opt_real(const struct gguf *g, const char *key, double *out);
int gguf_opt_bool(const struct gguf *g, const char *key, bool *out);
int gguf_opt_str(const struct gguf *g, const char *key, const char **out);

/* Item i < count of an array of numbers; what does not fit the answer's type is a CHECK. */
int64_t gguf_item_int(const struct gguf_value *v, uint64_t i); /* of u8 … i64 but u64 */
double gguf_item_real(const struct gguf_value *v, uint64_t i); /* of f32, f64 */
/* The strings of an array, one after the other. *cursor is 0 at first; false at the end. */
bool gguf_next_string(const struct gguf_value *v, uint64_t *cursor, struct gguf_string *out);

/* ERR_FORMAT with "FILE: KEY: …", for checks that only the caller can make. */
int gguf_fail(const struct gguf *g, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* which cannot see into another file that this is a failure */
#define gguf_fail(...) ((void)gguf_fail(__VA_ARGS__), ERR_FORMAT)
#endif

/* For gguf.c: count values from the reader, whose file stays. */
int gguf_metadata_read(struct gguf_metadata **out, struct gguf_reader *r, uint64_t count);
void gguf_metadata_free(struct gguf_metadata *m); /* NULL is fine */
/* For gguf_metadata.c: what gguf.c keeps. */
const struct gguf_metadata *gguf_metadata_of(const struct gguf *g);
