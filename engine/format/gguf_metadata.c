/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_metadata.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/base/utf8.h"
#include "engine/format/gguf.h"
#include "engine/format/gguf_reader.h"

enum { TEXT_MAX = 4096, STRING_HEAD = 8 };

struct gguf_metadata {
    struct arena arena; /* keys, and strings once asked for */
    const char *path;
    struct gguf_value *values;
    const char **strings; /* [count] NUL-terminated copies; NULL: no string, or no UTF-8 text */
    size_t count;
    struct map keys;
};

/* Bytes of one item; 0: a length and bytes. */
static const struct {
    const char *name;
    size_t size;
} kinds[GGUF_KINDS] = {
    [GGUF_U8] = {"u8",     1},
      [GGUF_I8] = {"i8",     1},
      [GGUF_U16] = {"u16",    2},
    [GGUF_I16] = {"i16",    2},
      [GGUF_U32] = {"u32",    4},
      [GGUF_I32] = {"i32",    4},
    [GGUF_F32] = {"f32",    4},
      [GGUF_BOOL] = {"bool",   1},
      [GGUF_STRING] = {"string", 0},
    [GGUF_ARRAY] = {"array",  0},
      [GGUF_U64] = {"u64",    8},
      [GGUF_I64] = {"i64",    8},
    [GGUF_F64] = {"f64",    8},
};

const char *gguf_kind_name(enum gguf_kind kind) {
    return kinds[kind].name;
}

/* -- reading -- */

static int read_kind(struct gguf_reader *r, const char *key, uint32_t *kind) {
    uint64_t at = r->at;
    int rc = gguf_reader_u32(r, "the type of a value", kind);
    if (rc < 0)
        return rc;
    if (*kind >= GGUF_KINDS)
        return gguf_reader_fail(r, at, "%s: the format has no value type %" PRIu32, key, *kind);
    return 0;
}

/* Steps over the strings of a value; each of them lies inside the file. */
static int skip_strings(struct gguf_reader *r, const struct gguf_value *v) {
    const uint8_t *bytes;
    uint64_t len;
    for (uint64_t i = 0; i < v->count; i++) {
        int rc = gguf_reader_bytes(r, v->key, &bytes, &len);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_array_head(struct gguf_reader *r, struct gguf_value *v) {
    uint32_t kind = 0;
    int rc = read_kind(r, v->key, &kind);
    if (rc < 0)
        return rc;
    if (kind == GGUF_ARRAY)
        return gguf_reader_fail(r, r->at - 4, "%s: an array of arrays", v->key);
    v->kind = (enum gguf_kind)kind;
    v->array = true;
    return gguf_reader_u64(r, "the length of an array", &v->count);
}

/* The count is held against the bytes that are left before anything is done count times. */
static int read_items(struct gguf_reader *r, struct gguf_value *v) {
    size_t size = kinds[v->kind].size;
    uint64_t least = size ? size : STRING_HEAD, left = r->size - r->at;
    if (v->count > left / least)
        return gguf_reader_fail(r, r->at,
                                "%s: %" PRIu64 " items of type %s cannot be in %" PRIu64 " bytes",
                                v->key, v->count, kinds[v->kind].name, left);
    v->data = r->data + r->at;
    v->offset = r->at;
    if (size)
        r->at += v->count * size;
    int rc = size ? 0 : skip_strings(r, v);
    v->size = r->at - v->offset;
    return rc;
}

/* What is UTF-8 text without NUL can be asked for as a string. */
static const char *copy_string(struct arena *arena, const struct gguf_value *v) {
    if (v->kind != GGUF_STRING || v->array)
        return NULL;
    const char *s = (const char *)v->data + STRING_HEAD;
    size_t len = (size_t)gguf_reader_load(v->data, 8);
    bool text = !memchr(s, 0, len) && utf8_valid(s, len, NULL);
    return text ? arena_strndup(arena, s, len) : NULL;
}

static int read_value(struct gguf_metadata *m, struct gguf_reader *r) {
    struct gguf_value *v = &m->values[m->count];
    const char *key = NULL;
    size_t len = 0;
    uint64_t begin = r->at;
    uint32_t kind = 0;
    int rc = gguf_reader_name(r, "a key", GGUF_KEY_MAX, &key, &len);
    if (rc < 0)
        return rc;
    v->key = arena_strndup(&m->arena, key, len);
    if (!map_add(&m->keys, v->key, len, (uint32_t)m->count))
        return gguf_reader_fail(r, begin, "the key %s is there already", v->key);
    if ((rc = read_kind(r, v->key, &kind)) < 0)
        return rc;
    v->kind = (enum gguf_kind)kind;
    v->count = 1;
    if (v->kind == GGUF_ARRAY && (rc = read_array_head(r, v)) < 0)
        return rc;
    if ((rc = read_items(r, v)) < 0)
        return rc;
    m->strings[m->count++] = copy_string(&m->arena, v);
    return 0;
}

int gguf_metadata_read(struct gguf_metadata **out, struct gguf_reader *r, uint64_t count) {
    struct gguf_metadata *m = xcalloc(1, sizeof(*m));
    int rc = 0;
    arena_init(&m->arena, 0);
    map_init(&m->keys, (size_t)count);
    m->path = arena_strdup(&m->arena, r->path);
    m->values = arena_array(&m->arena, (size_t)count, sizeof(*m->values));
    m->strings = arena_array(&m->arena, (size_t)count, sizeof(*m->strings));
    for (uint64_t i = 0; rc == 0 && i < count; i++)
        rc = read_value(m, r);
    if (rc < 0)
        gguf_metadata_free(m);
    else
        *out = m;
    return rc;
}

void gguf_metadata_free(struct gguf_metadata *m) {
    if (!m)
        return;
    map_done(&m->keys);
    arena_done(&m->arena);
    free(m);
}

/* -- asking -- */

size_t gguf_value_count(const struct gguf *g) {
    return gguf_metadata_of(g)->count;
}

const struct gguf_value *gguf_value_at(const struct gguf *g, size_t index) {
    const struct gguf_metadata *m = gguf_metadata_of(g);
    CHECK(index < m->count);
    return &m->values[index];
}

const struct gguf_value *gguf_value(const struct gguf *g, const char *key) {
    const struct gguf_metadata *m = gguf_metadata_of(g);
    uint32_t i;
    return map_find_str(&m->keys, key, &i) ? &m->values[i] : NULL;
}

int(gguf_fail)(const struct gguf *g, const char *key, const char *fmt, ...) {
    struct buf text;
    va_list ap;
    buf_init(&text, TEXT_MAX);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    err_set(ERR_FORMAT, "%s: %s: %s", gguf_path(g), key, text.data);
    buf_done(&text);
    return ERR_FORMAT;
}

static int expected(const struct gguf *g, const struct gguf_value *v, const char *what) {
    return gguf_fail(g, v->key, "expected %s, found %s%s", what, v->array ? "an array of " : "",
                     kinds[v->kind].name);
}

static int absent(const struct gguf *g, const char *key) {
    return gguf_fail(g, key, "the key is missing");
}

static bool is_signed(enum gguf_kind kind) {
    return kind == GGUF_I8 || kind == GGUF_I16 || kind == GGUF_I32 || kind == GGUF_I64;
}

static bool is_int(enum gguf_kind kind) {
    return is_signed(kind) || kind == GGUF_U8 || kind == GGUF_U16 || kind == GGUF_U32 ||
           kind == GGUF_U64;
}

static int64_t load_int(const uint8_t *p, enum gguf_kind kind) {
    size_t size = kinds[kind].size;
    uint64_t bits = gguf_reader_load(p, size);
    if (is_signed(kind) && size < 8 && bits >> (8 * size - 1))
        bits |= UINT64_MAX << (8 * size);
    int64_t value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double load_real(const uint8_t *p, enum gguf_kind kind) {
    if (kind == GGUF_F32)
        return (double)dtype_bits_float((uint32_t)gguf_reader_load(p, 4));
    uint64_t bits = gguf_reader_load(p, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int gguf_opt_int(const struct gguf *g, const char *key, int64_t min, int64_t max, int64_t *out) {
    const struct gguf_value *v = gguf_value(g, key);
    if (!v)
        return 0;
    if (v->array || !is_int(v->kind))
        return expected(g, v, "an integer");
    int64_t value = load_int(v->data, v->kind);
    if (v->kind == GGUF_U64 && value < 0)
        return gguf_fail(g, key, "%" PRIu64 " is not within %" PRId64 " and %" PRId64,
                         gguf_reader_load(v->data, 8), min, max);
    if (value < min || value > max)
        return gguf_fail(g, key, "%" PRId64 " is not within %" PRId64 " and %" PRId64, value, min,
                         max);
    *out = value;
    return 0;
}

int gguf_opt_real(const struct gguf *g, const char *key, double *out) {
    const struct gguf_value *v = gguf_value(g, key);
    if (!v)
        return 0;
    if (v->array || (v->kind != GGUF_F32 && v->kind != GGUF_F64))
        return expected(g, v, "a float");
    double value = load_real(v->data, v->kind);
    if (!isfinite(value))
        return gguf_fail(g, key, "%g is no finite number", value);
    *out = value;
    return 0;
}

int gguf_opt_bool(const struct gguf *g, const char *key, bool *out) {
    const struct gguf_value *v = gguf_value(g, key);
    if (!v)
        return 0;
    if (v->array || v->kind != GGUF_BOOL)
        return expected(g, v, "a bool");
    if (v->data[0] > 1)
        return gguf_fail(g, key, "the byte %u is no bool", v->data[0]);
    *out = v->data[0] == 1;
    return 0;
}

int gguf_opt_str(const struct gguf *g, const char *key, const char **out) {
    const struct gguf_metadata *m = gguf_metadata_of(g);
    const struct gguf_value *v = gguf_value(g, key);
    if (!v)
        return 0;
    if (v->array || v->kind != GGUF_STRING)
        return expected(g, v, "a string");
    const char *text = m->strings[v - m->values];
    if (!text)
        return gguf_fail(g, key, "the string is not UTF-8 text");
    *out = text;
    return 0;
}

int gguf_int(const struct gguf *g, const char *key, int64_t min, int64_t max, int64_t *out) {
    return gguf_value(g, key) ? gguf_opt_int(g, key, min, max, out) : absent(g, key);
}

int gguf_real(const struct gguf *g, const char *key, double *out) {
    return gguf_value(g, key) ? gguf_opt_real(g, key, out) : absent(g, key);
}

int gguf_bool(const struct gguf *g, const char *key, bool *out) {
    return gguf_value(g, key) ? gguf_opt_bool(g, key, out) : absent(g, key);
}

int gguf_str(const struct gguf *g, const char *key, const char **out) {
    return gguf_value(g, key) ? gguf_opt_str(g, key, out) : absent(g, key);
}

int gguf_array(const struct gguf *g, const char *key, enum gguf_kind kind,
               const struct gguf_value **out) {
    const struct gguf_value *v = gguf_value(g, key);
    if (!v)
        return absent(g, key);
    if (!v->array || v->kind != kind)
        return gguf_fail(g, key, "expected an array of %s, found %s%s", kinds[kind].name,
                         v->array ? "an array of " : "", kinds[v->kind].name);
    *out = v;
    return 0;
}

int64_t gguf_item_int(const struct gguf_value *v, uint64_t i) {
    CHECK(i < v->count && is_int(v->kind) && v->kind != GGUF_U64);
    return load_int(v->data + i * kinds[v->kind].size, v->kind);
}

double gguf_item_real(const struct gguf_value *v, uint64_t i) {
    CHECK(i < v->count && (v->kind == GGUF_F32 || v->kind == GGUF_F64));
    return load_real(v->data + i * kinds[v->kind].size, v->kind);
}

/* The strings were walked at open: none of them leaves the value's bytes. */
bool gguf_next_string(const struct gguf_value *v, uint64_t *cursor, struct gguf_string *out) {
    CHECK(v->kind == GGUF_STRING);
    if (*cursor >= v->size)
        return false;
    const uint8_t *p = v->data + *cursor;
    out->len = (size_t)gguf_reader_load(p, 8);
    out->data = (const char *)p + STRING_HEAD;
    *cursor += STRING_HEAD + out->len;
    return true;
}
