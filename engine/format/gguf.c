/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/format/aligned.h"
#include "engine/format/gguf_reader.h"

enum {
    MAGIC_SIZE = 4,
    HEADER_SIZE = 24,
    VALUE_LEAST = 13,  /* bytes of the smallest key and value */
    TENSOR_LEAST = 24, /* bytes of the smallest description of a tensor */
};
static const char magic[] = "GGUF";

struct gguf {
    struct file file;   /* empty when the bytes are the caller's */
    struct arena arena; /* path, names, tensors */
    const char *path;
    uint32_t version;
    struct gguf_metadata *metadata;
    struct gguf_tensor *tensors;
    size_t count;
    struct map names;
    struct aligned aligned;
    const uint8_t *data;
    uint64_t data_size, data_offset; /* of the data section; the offset is for messages */
};

/* -- the header -- */

static int check_magic(const struct gguf_reader *r) {
    if (r->size >= 8 && memcmp(r->data, "version ", 8) == 0)
        return gguf_reader_fail(r, 0,
                                "this is a Git LFS pointer; fetch the file with git lfs pull");
    if (r->size < HEADER_SIZE || memcmp(r->data, magic, MAGIC_SIZE) != 0)
        return gguf_reader_fail(r, 0, "this is no GGUF file");
    return 0;
}

static int check_version(const struct gguf_reader *r, uint32_t version) {
    if (version == 2 || version == 3)
        return 0;
    if (version == 0x02000000 || version == 0x03000000)
        return err_set(ERR_UNSUPPORTED, "%s: offset 4: the file is big-endian; convert it anew",
                       r->path);
    return err_set(ERR_UNSUPPORTED,
                   "%s: offset 4: version %" PRIu32 " of the format is not supported (2, 3)",
                   r->path, version);
}

/* A count that the bytes behind it cannot hold is refused before anything is done that often. */
static int read_count(struct gguf_reader *r, const char *what, uint64_t least, uint64_t max,
                      uint64_t *out) {
    uint64_t at = r->at;
    int rc = gguf_reader_u64(r, what, out);
    if (rc < 0)
        return rc;
    if (*out > (r->size - r->at) / least)
        return gguf_reader_fail(
            r, at, "the header claims %" PRIu64 " %s, more than %" PRIu64 " bytes can hold", *out,
            what, r->size - r->at);
    if (*out > max)
        return err_set(ERR_LIMIT, "%s: offset %" PRIu64 ": %" PRIu64 " %s exceed %" PRIu64, r->path,
                       at, *out, what, max);
    return 0;
}

static int read_header(struct gguf *g, struct gguf_reader *r, uint64_t *tensors, uint64_t *values) {
    int rc = check_magic(r);
    r->at = MAGIC_SIZE;
    if (rc == 0)
        rc = gguf_reader_u32(r, "the version", &g->version);
    if (rc == 0)
        rc = check_version(r, g->version);
    if (rc == 0)
        rc = read_count(r, "tensors", TENSOR_LEAST, GGUF_TENSORS_MAX, tensors);
    if (rc == 0)
        rc = read_count(r, "values", VALUE_LEAST, GGUF_VALUES_MAX, values);
    return rc;
}

/* -- tensors -- */

/* Elements of all dimensions. A dimension of zero must not hide that the others overflow. */
static int count_elements(const struct gguf_reader *r, const struct gguf_tensor *t, uint64_t at,
                          uint64_t *out) {
    uint64_t product = 1;
    bool empty = false;
    for (int i = 0; i < t->rank; i++) {
        if (t->shape[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(product, (uint64_t)t->shape[i], &product))
            return gguf_reader_fail(r, at, "tensor \"%s\": the product of the dimensions overflows",
                                    t->name);
    }
    *out = empty ? 0 : product;
    return 0;
}

static int read_shape(struct gguf_reader *r, struct gguf_tensor *t) {
    uint32_t rank = 0;
    uint64_t at = r->at, dim = 0;
    int rc = gguf_reader_u32(r, "the rank of a tensor", &rank);
    if (rc < 0)
        return rc;
    if (rank > GGUF_RANK_MAX)
        return gguf_reader_fail(r, at, "tensor \"%s\": %" PRIu32 " dimensions exceed %d", t->name,
                                rank, GGUF_RANK_MAX);
    t->rank = (int)rank;
    for (int i = t->rank - 1; i >= 0; i--) {
        at = r->at;
        if ((rc = gguf_reader_u64(r, "a dimension", &dim)) < 0)
            return rc;
        if (dim > INT64_MAX)
            return gguf_reader_fail(r, at, "tensor \"%s\": a dimension of %" PRIu64, t->name, dim);
        t->shape[i] = (int64_t)dim;
    }
    return 0;
}

static int read_type(struct gguf_reader *r, struct gguf_tensor *t) {
    uint32_t id = 0;
    uint64_t at = r->at;
    int rc = gguf_reader_u32(r, "the type of a tensor", &id);
    if (rc < 0)
        return rc;
    t->type = gguf_type_find(id);
    if (!t->type)
        return gguf_reader_fail(r, at, "tensor \"%s\": the format has no type %" PRIu32, t->name,
                                id);
    return 0;
}

/* Rows hold whole blocks, which is asked before anything is divided by the block. */
static int size_bytes(const struct gguf_reader *r, const struct gguf_tensor *t, uint64_t at,
                      uint64_t *out) {
    int64_t row = t->rank ? t->shape[t->rank - 1] : 1;
    uint64_t elements = 0;
    int rc = count_elements(r, t, at, &elements);
    if (rc < 0)
        return rc;
    if (row % t->type->block != 0)
        return gguf_reader_fail(r, at,
                                "tensor \"%s\": rows of %" PRId64
                                " elements are not whole blocks of %d, as %s has them",
                                t->name, row, t->type->block, t->type->name);
    if (__builtin_mul_overflow(elements / (uint64_t)t->type->block, (uint64_t)t->type->bytes, out))
        return gguf_reader_fail(r, at, "tensor \"%s\": its size in bytes overflows", t->name);
    return 0;
}

/* One description. The size stays in t->end until the data section is known. */
static int read_tensor(struct gguf *g, struct gguf_reader *r) {
    struct gguf_tensor *t = &g->tensors[g->count];
    const char *name = NULL;
    size_t len = 0;
    uint64_t begin = r->at;
    int rc = gguf_reader_name(r, "the name of a tensor", GGUF_NAME_MAX, &name, &len);
    if (rc < 0)
        return rc;
    t->name = arena_strndup(&g->arena, name, len);
    if (!map_add(&g->names, t->name, len, (uint32_t)g->count))
        return gguf_reader_fail(r, begin, "the tensor \"%s\" is there already", t->name);
    if ((rc = read_shape(r, t)) < 0 || (rc = read_type(r, t)) < 0 ||
        (rc = size_bytes(r, t, begin, &t->end)) < 0 ||
        (rc = gguf_reader_u64(r, "the offset of a tensor", &t->begin)) < 0)
        return rc;
    g->count++;
    return 0;
}

static int read_tensors(struct gguf *g, struct gguf_reader *r, uint64_t count) {
    int rc = 0;
    g->tensors = arena_array(&g->arena, (size_t)count, sizeof(*g->tensors));
    map_init(&g->names, (size_t)count);
    for (uint64_t i = 0; rc == 0 && i < count; i++)
        rc = read_tensor(g, r);
    return rc;
}

/* -- the data section -- */

static int read_alignment(const struct gguf *g, uint64_t *out) {
    int64_t alignment = GGUF_ALIGNMENT_DEFAULT;
    int rc = gguf_opt_int(g, "general.alignment", 1, GGUF_ALIGNMENT_MAX, &alignment);
    if (rc < 0)
        return rc;
    if (alignment & (alignment - 1))
        return gguf_fail(g, "general.alignment", "%" PRId64 " is no power of two", alignment);
    *out = (uint64_t)alignment;
    return 0;
}

/* The next multiple of align, a power of two, or UINT64_MAX when there is none. */
static uint64_t round_up(uint64_t n, uint64_t align) {
    uint64_t rest = n & (align - 1), more = rest ? align - rest : 0;
    return n > UINT64_MAX - more ? UINT64_MAX : n + more;
}

static int place_tensor(const struct gguf *g, struct gguf_tensor *t, uint64_t expected) {
    uint64_t size = t->end;
    if (t->begin != expected)
        return err_set(ERR_FORMAT,
                       "%s: tensor \"%s\" begins at %" PRIu64 " of the data section, and %" PRIu64
                       " is where the one before it ends",
                       g->path, t->name, t->begin, expected);
    if (t->begin > g->data_size || size > g->data_size - t->begin)
        return err_set(ERR_FORMAT,
                       "%s: tensor \"%s\" takes %" PRIu64 " bytes at %" PRIu64
                       " of the data section, which has %" PRIu64
                       "; the file is cut short or damaged, fetch it again",
                       g->path, t->name, size, t->begin, g->data_size);
    t->end = t->begin + size;
    return 0;
}

static int place_tensors(struct gguf *g, const struct gguf_reader *r) {
    uint64_t align = 0, end = 0;
    int rc = read_alignment(g, &align);
    if (rc < 0)
        return rc;
    uint64_t start = round_up(r->at, align);
    g->data_offset = start < r->size ? start : r->size;
    g->data = r->data + g->data_offset;
    g->data_size = r->size - g->data_offset;
    for (size_t i = 0; i < g->count; i++) {
        if ((rc = place_tensor(g, &g->tensors[i], round_up(end, align))) < 0)
            return rc;
        end = g->tensors[i].end;
    }
    if (g->data_size - end >= align)
        return gguf_reader_fail(r, g->data_offset + end,
                                "%" PRIu64
                                " bytes follow the last tensor; they are not its padding",
                                g->data_size - end);
    return 0;
}

static int check_split(const struct gguf *g) {
    int64_t parts = 1, number = 0;
    int rc = gguf_opt_int(g, "split.count", 0, UINT16_MAX, &parts);
    if (rc == 0)
        rc = gguf_opt_int(g, "split.no", 0, UINT16_MAX, &number);
    if (rc < 0)
        return rc;
    if (parts > 1)
        return err_set(ERR_UNSUPPORTED,
                       "%s: split.count: this is part %" PRId64 " of %" PRId64
                       "; merge them with llama-gguf-split --merge",
                       g->path, number + 1, parts);
    return 0;
}

/* -- opening -- */

static int parse_file(struct gguf *g, const void *bytes, size_t size) {
    struct gguf_reader r = {.path = g->path, .data = bytes, .size = size};
    uint64_t tensors = 0, values = 0;
    int rc = read_header(g, &r, &tensors, &values);
    if (rc == 0)
        rc = gguf_metadata_read(&g->metadata, &r, values);
    if (rc == 0)
        rc = check_split(g);
    if (rc == 0)
        rc = read_tensors(g, &r, tensors);
    if (rc == 0)
        rc = place_tensors(g, &r);
    if (rc != 0)
        return rc;
    aligned_init(&g->aligned, g->count);
    return 0;
}

static struct gguf *gguf_new(const char *path) {
    struct gguf *g = xcalloc(1, sizeof(*g));
    arena_init(&g->arena, 0);
    g->path = arena_strdup(&g->arena, path);
    return g;
}

int gguf_parse(struct gguf **out, const void *bytes, size_t size, const char *name) {
    struct gguf *g = gguf_new(name);
    int rc = parse_file(g, bytes, size);
    if (rc < 0)
        gguf_close(g);
    else
        *out = g;
    return rc;
}

int gguf_open(struct gguf **out, const char *path, int flags) {
    struct gguf *g = gguf_new(path);
    int rc = flags & GGUF_READ ? file_read(&g->file, path, SIZE_MAX) : file_map(&g->file, path);
    if (rc == 0)
        rc = parse_file(g, g->file.data, g->file.size);
    if (rc < 0)
        gguf_close(g); /* copes with a half-open file */
    else
        *out = g;
    return rc;
}

void gguf_close(struct gguf *g) {
    if (!g)
        return;
    aligned_done(&g->aligned);
    gguf_metadata_free(g->metadata);
    map_done(&g->names);
    arena_done(&g->arena);
    file_done(&g->file);
    free(g);
}

void gguf_forget(const struct gguf *g, const void *data, size_t size) {
    file_forget(&g->file, data, size);
}

bool gguf_is_file(const char *path) {
    return file_begins(path, magic, MAGIC_SIZE);
}

/* -- asking -- */

const struct gguf_metadata *gguf_metadata_of(const struct gguf *g) {
    return g->metadata;
}

const char *gguf_path(const struct gguf *g) {
    return g->path;
}

const struct file *gguf_file(const struct gguf *g) {
    return &g->file;
}

uint64_t gguf_head(const struct gguf *g) {
    return g->data_offset;
}

uint32_t gguf_version(const struct gguf *g) {
    return g->version;
}

size_t gguf_tensor_count(const struct gguf *g) {
    return g->count;
}

const struct gguf_tensor *gguf_tensor_at(const struct gguf *g, size_t index) {
    CHECK(index < g->count);
    return &g->tensors[index];
}

const struct gguf_tensor *gguf_tensor(const struct gguf *g, const char *name) {
    uint32_t i;
    return map_find_str(&g->names, name, &i) ? &g->tensors[i] : NULL;
}

uint64_t gguf_bytes(const struct gguf *g) {
    return g->count ? g->tensors[g->count - 1].end : 0;
}

int gguf_get(struct gguf *g, const char *name, struct tensor *out) {
    const struct gguf_tensor *t = gguf_tensor(g, name);
    struct tensor view;
    if (!t)
        return err_set(ERR_NOTFOUND, "%s holds no tensor \"%s\"", g->path, name);
    if (!t->type->held)
        return err_set(ERR_UNSUPPORTED,
                       "%s: tensor \"%s\" has the type %s, which the engine does not compute with; "
                       "quantise the model to Q8_0, Q4_0, Q4_K or Q6_K, or convert it to F16",
                       g->path, name, t->type->name);
    int rc = tensor_init(&view, t->type->dtype, t->rank, t->shape);
    if (rc == 0)
        rc = aligned_get(&g->aligned, (size_t)(t - g->tensors), g->data + t->begin,
                         (size_t)(t->end - t->begin), (size_t)t->type->align, &view.data);
    if (rc != 0)
        return err_while(rc, "%s: tensor \"%s\"", g->path, name);
    *out = view;
    return 0;
}
