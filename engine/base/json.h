/* SPDX-License-Identifier: Apache-2.0 */
/* json: documents behind typed getters that name the path that failed; and a writer.
 *
 * Reading is strict: UTF-8 without overlong forms or lone surrogates, no NaN or Infinity, no
 * duplicate keys, no U+0000 in strings, no trailing bytes, nesting at most JSON_DEPTH_MAX. The
 * text of a failure names the document and the offset or the path ("config.json:
 * rope_parameters.rope_theta: expected a number, found a string"). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

enum { JSON_DEPTH_MAX = 32 };

enum json_type {
    JSON_NONE,
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

enum json_flags {
    JSON_COMMENTS = 1 << 0, /* allow // and block comments and trailing commas (noctule.json) */
};

struct json_doc;

/* A value inside a document: a cursor, passed by value, valid while the document lives.
 * node NULL is "no such value"; every getter copes with it. */
struct json {
    const struct json_doc *doc;
    const void *node;
};

/* name is what messages call the document. text need not be NUL-terminated and is not kept.
 * 0, ERR_FORMAT, ERR_LIMIT. */
int json_parse(struct json_doc **out, const char *text, size_t len, const char *name, int flags);
/* Reads path (at most max bytes) and parses it. Also ERR_IO, ERR_NOTFOUND. */
int json_load(struct json_doc **out, const char *path, size_t max, int flags);
void json_free(struct json_doc *doc); /* NULL is fine */
struct json json_root(const struct json_doc *doc);

enum json_type json_type(struct json v);
const char *json_type_name(enum json_type t);      /* "an object", "a string" … for messages */
bool json_exists(struct json v);                   /* there, and not null */
size_t json_len(struct json v);                    /* members of an array or object, else 0 */
const char *json_key(struct json v);               /* its key in the object that holds it, or "" */
const char *json_keyn(struct json v, size_t *len); /* the same with its bytes */
uint32_t json_key_hash(struct json v);             /* the low half of map_hash() of the key */

/* Member of an object; node NULL when at is no object or lacks key. key may be a dotted path
 * ("rope_parameters.rope_theta"); a key that itself has a dot is found by json_member(). */
struct json json_get(struct json at, const char *key);
struct json json_member(struct json at, const char *key);
struct json json_at(struct json array, size_t index);
/* for (struct json v = json_first(at); v.node; v = json_next(v)) — arrays and objects. */
struct json json_first(struct json at);
struct json json_next(struct json v);

/* The value itself, checked. Integers are plain (no 1e3, 1.0 or -0) and exact, within min…max.
 * 0, or ERR_FORMAT naming document and path. *out only on success; strings are borrowed. */
int json_as_int(struct json v, int64_t min, int64_t max, int64_t *out);
int json_as_real(struct json v, double *out); /* finite */
int json_as_bool(struct json v, bool *out);
int json_as_str(struct json v, const char **out);
int json_as_strn(struct json v, const char **out, size_t *len);

/* Required member (dotted path). As above; absent or null is ERR_FORMAT naming the path. */
int json_int(struct json at, const char *key, int64_t min, int64_t max, int64_t *out);
int json_real(struct json at, const char *key, double *out);
int json_bool(struct json at, const char *key, bool *out);
int json_str(struct json at, const char *key, const char **out);
int json_object(struct json at, const char *key, struct json *out);
int json_array(struct json at, const char *key, struct json *out);

/* Optional member: absent or null leaves *out alone and returns 0. */
int json_opt_int(struct json at, const char *key, int64_t min, int64_t max, int64_t *out);
int json_opt_real(struct json at, const char *key, double *out);
int json_opt_bool(struct json at, const char *key, bool *out);
int json_opt_str(struct json at, const char *key, const char **out);

/* ERR_FORMAT with "<document>: <path of v>: <text>", for checks that only the caller can make. */
int json_fail(struct json v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__ /* which cannot see into another file that this is a failure */
#define json_fail(...) ((void)json_fail(__VA_ARGS__), ERR_FORMAT)
#endif

/* Writer. Appends to a buf; commas and quoting are its business, matching of open/close is
 * CHECKed. key is NULL inside an array and at the top. Reals are printed so that they read back
 * exactly; NaN and infinities as null. One line, no spaces, unless indent > 0. */
struct json_writer {
    struct buf *out;
    int indent; /* spaces per level; 0 = one line */
    int depth;
    unsigned char state[64]; /* per level: kind and whether something was written */
};
void json_writer_init(struct json_writer *w, struct buf *out, int indent);
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_put_str(struct json_writer *w, const char *key, const char *value); /* NULL → null */
void json_put_strn(struct json_writer *w, const char *key, const char *value, size_t len);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_real(struct json_writer *w, const char *key, double value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);
/* A value of a parsed document, with all that is in it; no such value → null. */
void json_put_json(struct json_writer *w, const char *key, struct json value);
