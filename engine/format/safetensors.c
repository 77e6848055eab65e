/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/map.h"
#include "engine/format/aligned.h"

enum { LENGTH_SIZE = 8 }; /* the header's length, little-endian, before the header */

struct pair {
    const char *key, *value;
};

struct safetensors {
    struct file file; /* empty when the bytes are the caller's */
    const char *path;
    struct arena arena; /* path, names, metadata, entries */
    struct safetensors_entry *entries;
    size_t count;
    struct aligned aligned;
    struct map names;
    struct pair *metadata;
    size_t metadata_count;
    const uint8_t *data;
    uint64_t data_size;
    uint64_t data_offset; /* of data in the file, for messages */
};

static uint64_t load_le64(const uint8_t *p) {
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* Why the first bytes are no header, in the words that help most. */
static int refuse_length(const struct safetensors *st, const uint8_t *bytes, uint64_t len,
                         size_t size) {
    if (memcmp(bytes, "version ", LENGTH_SIZE) == 0)
        return err_set(ERR_FORMAT,
                       "%s: this is a Git LFS pointer; fetch the file with git lfs pull", st->path);
    if (len > SAFETENSORS_HEADER_MAX)
        return err_set(ERR_FORMAT,
                       "%s: offset 0: the header claims %" PRIu64
                       " bytes, and %d is the most; this is no safetensors file",
                       st->path, len, SAFETENSORS_HEADER_MAX);
    return err_set(ERR_FORMAT,
                   "%s: offset 0: the header claims %" PRIu64
                   " bytes, and %zu follow; the file is cut short, fetch it again",
                   st->path, len, size - LENGTH_SIZE);
}

/* Two tensors may begin at one offset only when the first of them is empty. */
static int by_offset(const void *a, const void *b) {
    const struct safetensors_entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int read_metadata(struct safetensors *st, struct json at) {
    if (json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object of strings, found %s",
                         json_type_name(json_type(at)));
    st->metadata = arena_array(&st->arena, json_len(at), sizeof(*st->metadata));
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const char *value;
        int rc = json_as_str(v, &value);
        if (rc < 0)
            return rc;
        st->metadata[st->metadata_count++] =
            (struct pair){arena_strdup(&st->arena, json_key(v)), arena_strdup(&st->arena, value)};
    }
    return 0;
}

/* Fills rank and shape; *bits becomes the size of all elements. A dimension of zero must not
 * hide that the others overflow, so the product is taken over the others first. */
static int read_shape(struct safetensors_entry *e, struct json at, uint64_t *bits) {
    uint64_t product = (uint64_t)e->type->bits;
    bool empty = false;
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        int64_t dim;
        if (e->rank == SAFETENSORS_RANK_MAX)
            return json_fail(at, "more than %d dimensions", SAFETENSORS_RANK_MAX);
        int rc = json_as_int(v, 0, INT64_MAX, &dim);
        if (rc < 0)
            return rc;
        e->shape[e->rank++] = dim;
        if (dim == 0)
            empty = true;
        else if (__builtin_mul_overflow(product, (uint64_t)dim, &product))
            return json_fail(at, "the product of the dimensions overflows");
    }
    *bits = empty ? 0 : product;
    return 0;
}

static int read_offsets(struct safetensors_entry *e, struct json at) {
    int64_t begin = 0, end = 0;
    if (json_len(at) != 2)
        return json_fail(at, "expected [begin, end], found %zu values", json_len(at));
    int rc = json_as_int(json_at(at, 0), 0, INT64_MAX, &begin);
    if (rc == 0)
        rc = json_as_int(json_at(at, 1), 0, INT64_MAX, &end);
    if (rc < 0)
        return rc;
    if (end < begin)
        return json_fail(at, "ends at %" PRId64 ", before it begins at %" PRId64, end, begin);
    e->begin = (uint64_t)begin;
    e->end = (uint64_t)end;
    return 0;
}

/* Fields beyond the three are left alone, as the reference reader does. */
static int read_entry(struct safetensors *st, struct json at, struct safetensors_entry *e) {
    const char *type;
    struct json shape, offsets;
    uint64_t bits = 0;
    if (strlen(json_key(at)) > SAFETENSORS_NAME_MAX)
        return err_set(ERR_LIMIT, "%s: header: a tensor name of more than %d bytes", st->path,
                       SAFETENSORS_NAME_MAX);
    e->name = arena_strdup(&st->arena, json_key(at));
    if (json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object with dtype, shape and data_offsets, found %s",
                         json_type_name(json_type(at)));
    int rc = json_str(at, "dtype", &type);
    if (rc == 0)
        rc = json_array(at, "shape", &shape);
    if (rc == 0)
        rc = json_array(at, "data_offsets", &offsets);
    if (rc < 0)
        return rc;
    e->type = safetensors_type_find(type);
    if (!e->type)
        return json_fail(at, "dtype \"%s\" is not one of the format's %d", type,
                         SAFETENSORS_TYPE_COUNT);
    rc = read_shape(e, shape, &bits);
    if (rc == 0)
        rc = read_offsets(e, offsets);
    if (rc < 0)
        return rc;
    if (bits % 8 != 0)
        return json_fail(at, "its %" PRIu64 " bits do not fill whole bytes", bits);
    if (bits / 8 != e->end - e->begin)
        return json_fail(at, "dtype and shape need %" PRIu64 " bytes, data_offsets give %" PRIu64,
                         bits / 8, e->end - e->begin);
    return 0;
}

static int read_entries(struct safetensors *st, struct json root) {
    size_t members = json_len(root);
    if (members > SAFETENSORS_TENSORS_MAX + 1)
        return err_set(ERR_LIMIT, "%s: header: %zu tensors, and %d is the most", st->path, members,
                       SAFETENSORS_TENSORS_MAX);
    st->entries = arena_array(&st->arena, members, sizeof(*st->entries));
    for (struct json v = json_first(root); v.node; v = json_next(v)) {
        int rc = strcmp(json_key(v), "__metadata__") == 0
                     ? read_metadata(st, v)
                     : read_entry(st, v, &st->entries[st->count++]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The tensors, in order of offset, are the data section: no hole, no overlap, nothing behind. */
static int check_cover(const struct safetensors *st) {
    uint64_t at = 0;
    for (size_t i = 0; i < st->count; i++) {
        const struct safetensors_entry *e = &st->entries[i];
        if (e->begin != at)
            return err_set(ERR_FORMAT,
                           "%s: offset %" PRIu64 ": tensor \"%s\" begins at data offset %" PRIu64
                           " where %" PRIu64 " is next (%s); save the file again",
                           st->path, st->data_offset + e->begin, e->name, e->begin, at,
                           e->begin > at ? "a hole" : "an overlap");
        if (e->end > st->data_size)
            return err_set(ERR_FORMAT,
                           "%s: offset %" PRIu64 ": tensor \"%s\" needs %" PRIu64
                           " bytes, and %" PRIu64
                           " are left; the file is cut short, fetch it again",
                           st->path, st->data_offset + e->begin, e->name, e->end - e->begin,
                           st->data_size - e->begin);
        at = e->end;
    }
    if (at != st->data_size)
        return err_set(ERR_FORMAT,
                       "%s: offset %" PRIu64 ": %" PRIu64
                       " bytes behind the last tensor; save the file again",
                       st->path, st->data_offset + at, st->data_size - at);
    return 0;
}

static int read_header_text(struct safetensors *st, const char *text, size_t len) {
    while (len > 1 && text[len - 1] == ' ') /* the padding writers use, and no other */
        len--;
    if (text[0] != '{' || text[len - 1] != '}')
        return err_set(ERR_FORMAT,
                       "%s: offset %zu: a header begins with '{' and ends with '}'; "
                       "this is no safetensors file or it is damaged",
                       st->path, text[0] != '{' ? (size_t)LENGTH_SIZE : LENGTH_SIZE + len - 1);
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, text, len, arena_printf(&st->arena, "%s: header", st->path), 0);
    if (rc == 0)
        rc = read_entries(st, json_root(doc));
    json_free(doc);
    return rc;
}

static int index_file(struct safetensors *st, const uint8_t *bytes, size_t size) {
    if (size < LENGTH_SIZE)
        return err_set(ERR_FORMAT,
                       "%s: offset 0: %zu bytes are too few for a safetensors file; fetch it again",
                       st->path, size);
    uint64_t len = load_le64(bytes);
    if (len > SAFETENSORS_HEADER_MAX || len > size - LENGTH_SIZE)
        return refuse_length(st, bytes, len, size);
    if (len == 0)
        return err_set(ERR_FORMAT, "%s: offset 0: the header is empty; save the file again",
                       st->path);
    st->data_offset = LENGTH_SIZE + len;
    st->data = bytes + st->data_offset;
    st->data_size = size - st->data_offset;
    int rc = read_header_text(st, (const char *)bytes + LENGTH_SIZE, (size_t)len);
    if (rc < 0)
        return rc;
    qsort(st->entries, st->count, sizeof(*st->entries), by_offset);
    rc = check_cover(st);
    if (rc < 0)
        return rc;
    map_init(&st->names, st->count);
    for (size_t i = 0; i < st->count; i++)
        map_add(&st->names, st->entries[i].name, strlen(st->entries[i].name), (uint32_t)i);
    aligned_init(&st->aligned, st->count);
    return 0;
}

static struct safetensors *safetensors_new(const char *path) {
    struct safetensors *st = xcalloc(1, sizeof(*st));
    arena_init(&st->arena, 0);
    st->path = arena_strdup(&st->arena, path);
    return st;
}

int safetensors_parse(struct safetensors **out, const void *bytes, size_t size, const char *name) {
    struct safetensors *st = safetensors_new(name);
    int rc = index_file(st, bytes, size);
    if (rc < 0)
        safetensors_close(st);
    else
        *out = st;
    return rc;
}

int safetensors_open(struct safetensors **out, const char *path, int flags) {
    struct safetensors *st = safetensors_new(path);
    int rc =
        flags & SAFETENSORS_READ ? file_read(&st->file, path, SIZE_MAX) : file_map(&st->file, path);
    if (rc == 0)
        rc = index_file(st, st->file.data, st->file.size);
    if (rc < 0)
        safetensors_close(st); /* copes with a half-open file */
    else
        *out = st;
    return rc;
}

void safetensors_close(struct safetensors *st) {
    if (!st)
        return;
    aligned_done(&st->aligned);
    map_done(&st->names);
    arena_done(&st->arena);
    file_done(&st->file);
    free(st);
}

void safetensors_forget(const struct safetensors *st, const void *data, size_t size) {
    file_forget(&st->file, data, size);
}

const char *safetensors_path(const struct safetensors *st) {
    return st->path;
}

const struct file *safetensors_file(const struct safetensors *st) {
    return &st->file;
}

uint64_t safetensors_head(const struct safetensors *st) {
    return st->data_offset;
}

size_t safetensors_count(const struct safetensors *st) {
    return st->count;
}

uint64_t safetensors_bytes(const struct safetensors *st) {
    return st->data_size;
}

const struct safetensors_entry *safetensors_at(const struct safetensors *st, size_t index) {
    CHECK(index < st->count);
    return &st->entries[index];
}

const struct safetensors_entry *safetensors_find(const struct safetensors *st, const char *name) {
    uint32_t i;
    return map_find_str(&st->names, name, &i) ? &st->entries[i] : NULL;
}

size_t safetensors_metadata_count(const struct safetensors *st) {
    return st->metadata_count;
}

void safetensors_metadata_at(const struct safetensors *st, size_t index, const char **key,
                             const char **value) {
    CHECK(index < st->metadata_count);
    *key = st->metadata[index].key;
    *value = st->metadata[index].value;
}

const char *safetensors_metadata(const struct safetensors *st, const char *key) {
    for (size_t i = 0; i < st->metadata_count; i++)
        if (strcmp(st->metadata[i].key, key) == 0)
            return st->metadata[i].value;
    return NULL;
}

/* An engine that tests `x != 0` and one that tests `x == 1` must see the same mask. */
static int check_bools(const struct safetensors *st, const struct safetensors_entry *e) {
    for (uint64_t i = e->begin; i < e->end; i++)
        if (st->data[i] > 1)
            return err_set(ERR_FORMAT,
                           "%s: offset %" PRIu64 ": tensor \"%s\" is BOOL and holds the byte %u",
                           st->path, st->data_offset + i, e->name, st->data[i]);
    return 0;
}

int safetensors_get(struct safetensors *st, const char *name, struct tensor *out) {
    const struct safetensors_entry *e = safetensors_find(st, name);
    void *data = NULL;
    if (!e)
        return err_set(ERR_NOTFOUND, "%s holds no tensor \"%s\"", st->path, name);
    if (!e->type->held)
        return err_set(ERR_UNSUPPORTED,
                       "%s: tensor \"%s\" has the type %s, which the engine does not compute with; "
                       "convert the checkpoint to BF16, F16 or F32",
                       st->path, name, e->type->name);
    int rc = e->type->dtype == DTYPE_BOOL ? check_bools(st, e) : 0;
    if (rc == 0)
        rc = aligned_get(&st->aligned, (size_t)(e - st->entries), st->data + e->begin,
                         (size_t)(e->end - e->begin), (size_t)(e->type->bits / 8), &data);
    if (rc < 0)
        return rc;
    rc = tensor_init(out, e->type->dtype, e->rank, e->shape);
    if (rc == 0)
        out->data = data;
    return rc < 0 ? err_while(rc, "%s: tensor \"%s\"", st->path, name) : 0;
}
