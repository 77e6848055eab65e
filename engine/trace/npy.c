/* SPDX-License-Identifier: Apache-2.0 */
/* https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "engine/trace/npy.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

enum { HEADER_MAX = 1 << 20, PREFIX = 10 };

/* Names of 1.0, without the order of bytes. The first of a dtype is the one written. */
static const struct {
    const char *name;
    enum dtype dtype;
} types[] = {
    {"f4", DTYPE_F32 },
    {"f2", DTYPE_F16 },
    {"f8", DTYPE_F64 },
    {"i1", DTYPE_I8  },
    {"i2", DTYPE_I16 },
    {"i4", DTYPE_I32 },
    {"i8", DTYPE_I64 },
    {"u1", DTYPE_U8  },
    {"u2", DTYPE_U16 },
    {"u4", DTYPE_U32 },
    {"u8", DTYPE_U64 },
    {"b1", DTYPE_BOOL},
};

/* The header: a Python dict of three keys in any order, as NumPy writes it. */
struct scan {
    const char *at, *end;
    const char *name; /* of the file */
    bool has_type, has_order, has_shape;
    bool fortran, is_big;
    enum dtype dtype;
    int rank;
    int64_t shape[TENSOR_RANK_MAX];
};

static void skip_blanks(struct scan *s) {
    while (s->at < s->end && isspace((unsigned char)*s->at))
        s->at++;
}

static bool take(struct scan *s, char c) {
    skip_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool take_word(struct scan *s, const char *word) {
    size_t len = strlen(word);
    skip_blanks(s);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

/* A quoted string without escapes; *len without the quotes. NULL when there is none. */
static const char *take_string(struct scan *s, size_t *len) {
    skip_blanks(s);
    if (s->at == s->end || (*s->at != '\'' && *s->at != '"'))
        return NULL;
    char quote = *s->at++;
    const char *begin = s->at;
    while (s->at < s->end && *s->at != quote)
        s->at++;
    if (s->at == s->end)
        return NULL;
    *len = (size_t)(s->at++ - begin);
    return begin;
}

static int refuse(const struct scan *s, const char *what) {
    return err_set(ERR_FORMAT, "%s: the header's %s cannot be read", s->name, what);
}

static int read_type(struct scan *s) {
    size_t len;
    const char *text = take_string(s, &len);
    if (!text)
        return refuse(s, "descr");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        bool one_byte = dtype_size(types[i].dtype) == 1;
        bool ordered = len == 3 && strchr(one_byte ? "<>|" : "<>", text[0]);
        if (ordered && memcmp(text + 1, types[i].name, 2) == 0) {
            s->dtype = types[i].dtype;
            s->is_big = text[0] == '>';
            s->has_type = true;
            return 0;
        }
    }
    return err_set(ERR_UNSUPPORTED, "%s: arrays of type \"%.*s\" cannot be compared", s->name,
                   (int)(len < 20 ? len : 20), text);
}

static int read_order(struct scan *s) {
    s->fortran = take_word(s, "True");
    s->has_order = s->fortran || take_word(s, "False");
    return s->has_order ? 0 : refuse(s, "fortran_order");
}

static int read_size(struct scan *s, int64_t *out) {
    int64_t n = 0;
    skip_blanks(s);
    const char *begin = s->at;
    for (; s->at < s->end && isdigit((unsigned char)*s->at); s->at++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s->at - '0', &n))
            return refuse(s, "shape");
    *out = n;
    return s->at > begin ? 0 : refuse(s, "shape");
}

static int read_shape(struct scan *s) {
    int rc = take(s, '(') ? 0 : refuse(s, "shape");
    while (rc == 0 && !take(s, ')')) {
        if (s->rank == TENSOR_RANK_MAX)
            return err_set(ERR_UNSUPPORTED, "%s: more than %d dimensions", s->name,
                           TENSOR_RANK_MAX);
        rc = read_size(s, &s->shape[s->rank++]);
        if (rc == 0 && !take(s, ',')) {
            rc = take(s, ')') ? 0 : refuse(s, "shape");
            break;
        }
    }
    s->has_shape = rc == 0;
    return rc;
}

static int read_member(struct scan *s) {
    size_t len;
    const char *key = take_string(s, &len);
    if (!key || !take(s, ':'))
        return refuse(s, "keys");
    if (len == 5 && memcmp(key, "descr", 5) == 0 && !s->has_type)
        return read_type(s);
    if (len == 13 && memcmp(key, "fortran_order", 13) == 0 && !s->has_order)
        return read_order(s);
    if (len == 5 && memcmp(key, "shape", 5) == 0 && !s->has_shape)
        return read_shape(s);
    return refuse(s, "keys");
}

static int read_header(struct scan *s) {
    int rc = take(s, '{') ? 0 : refuse(s, "beginning");
    while (rc == 0 && !take(s, '}')) {
        rc = read_member(s);
        if (rc == 0 && !take(s, ',')) {
            rc = take(s, '}') ? 0 : refuse(s, "end");
            break;
        }
    }
    skip_blanks(s);
    if (rc == 0 && s->at != s->end)
        rc = refuse(s, "end");
    if (rc == 0 && !(s->has_type && s->has_order && s->has_shape))
        rc = refuse(s, "list of descr, fortran_order and shape");
    return rc;
}

/* Where the array begins, and the header's bytes in *s. */
static int find_header(struct scan *s, const uint8_t *b, size_t size, size_t *data) {
    if (size < PREFIX || memcmp(b, magic, sizeof(magic)) != 0)
        return err_set(ERR_FORMAT, "%s: does not begin as a .npy file", s->name);
    size_t prefix = b[6] == 1 ? PREFIX : PREFIX + 2;
    size_t len = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] < 1 || b[6] > 3 || b[7] != 0)
        return err_set(ERR_UNSUPPORTED, "%s: .npy format %d.%d", s->name, b[6], b[7]);
    if (b[6] > 1 && size >= prefix)
        len |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (size < prefix || len > HEADER_MAX || len > size - prefix)
        return err_set(ERR_FORMAT, "%s: offset 8: a header of %zu bytes", s->name, len);
    s->at = (const char *)b + prefix;
    s->end = s->at + len;
    *data = prefix + len;
    return 0;
}

/* The first dimension is the fastest. */
static void set_fortran(struct tensor *t) {
    int64_t stride = 1;
    for (int d = 0; d < t->rank; d++) {
        t->stride[d] = stride;
        stride *= t->shape[d];
    }
}

int npy_parse(struct npy *out, const void *bytes, size_t size, const char *name) {
    struct scan s = {.name = name};
    struct tensor t;
    size_t data = 0;
    int rc = find_header(&s, bytes, size, &data);
    if (rc == 0)
        rc = read_header(&s);
    if (rc == 0)
        rc = tensor_init(&t, s.dtype, s.rank, s.shape);
    if (rc < 0)
        return rc;
    if (tensor_size(&t) != size - data)
        return err_set(ERR_FORMAT, "%s: its shape needs %zu bytes, and %zu follow", name,
                       tensor_size(&t), size - data);
    if (s.fortran)
        set_fortran(&t);
    out->t = t;
    out->data = (const char *)bytes + data;
    out->is_big = s.is_big;
    return 0;
}

void npy_copy(void *out, const struct npy *n) {
    const uint8_t *from = n->data;
    uint8_t *to = out;
    size_t width = dtype_size(n->t.dtype), size = tensor_size(&n->t);
    size_t turn = n->is_big ? width - 1 : 0; /* 0 … 7: the byte of an element that goes there */
    for (size_t i = 0; i < size; i++)
        to[i] = from[i ^ turn];
}

static void put_header(struct buf *b, const char *type, const struct tensor *t) {
    size_t len;
    buf_add(b, magic, sizeof(magic));
    buf_add(b, "\x01\x00\x00\x00", 4);
    buf_printf(b, "{'descr': '%s%s', 'fortran_order': False, 'shape': (",
               type[1] == '1' ? "|" : "<", type);
    for (int d = 0; d < t->rank; d++)
        buf_printf(b, d ? " %" PRId64 "," : "%" PRId64 ",", t->shape[d]);
    buf_puts(b, "), }");
    while ((b->len + 1) % 64 != 0)
        buf_putc(b, ' ');
    buf_putc(b, '\n');
    len = b->len - PREFIX;
    b->data[8] = (char)(len & 0xff);
    b->data[9] = (char)(len >> 8);
}

int npy_write(const char *path, const struct tensor *t) {
    struct buf b;
    struct tensor flat;
    const char *type = NULL;
    enum dtype dtype = t->dtype == DTYPE_BF16 ? DTYPE_F32 : t->dtype;
    for (size_t i = 0; !type && i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].dtype == dtype)
            type = types[i].name;
    if (!type)
        return err_set(ERR_UNSUPPORTED, "%s: .npy has no type for %s", path, dtype_name(t->dtype));
    CHECK(tensor_init(&flat, dtype, t->rank, t->shape) == 0);
    buf_init(&b, SIZE_MAX / 2);
    put_header(&b, type, t);
    size_t header = b.len, size = tensor_size(&flat);
    char *bytes = malloc(header + size);
    int rc = bytes ? 0 : err_set(ERR_NOMEM, "no memory for the %zu bytes of %s", size, path);
    if (rc == 0) {
        memcpy(bytes, b.data, header);
        flat.data = bytes + header; /* the header ends at a multiple of 64 */
        if (tensor_count(&flat) > 0)
            tensor_copy(&flat, t);
        rc = file_replace(path, bytes, header + size);
    }
    free(bytes);
    buf_done(&b);
    return rc;
}
