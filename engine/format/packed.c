/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/packed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/format/packed_head.h"

struct packed {
    struct file file; /* empty when the bytes are the caller's */
    char *path;
    const uint8_t *bytes; /* of the whole file */
    struct packed_head head;
    struct tensor *tensors; /* [head.count] */
    const char **names;     /* in the file */
    struct map by_name;
};

static int damaged(const struct packed *p, const char *what) {
    return err_set(ERR_FORMAT, "%s: %s", p->path, what);
}

/* -- the head -- */

static bool is_hash_right(const struct packed *p) {
    char hash[HASH_HEX_SIZE];
    size_t size = p->head.size - PACKED_HASH;
    return memcmp(hash_bytes(p->bytes, size, hash), p->bytes + size, PACKED_HASH) == 0;
}

static int read_head(struct packed *p, size_t size, const char *key) {
    struct packed_head *h = &p->head;
    if (size < PACKED_PAGE)
        return damaged(p, "this is no file of packed tensors, or it ends too early");
    memcpy(h, p->bytes, sizeof(*h));
    if (h->magic != PACKED_MAGIC || h->version != PACKED_VERSION)
        return damaged(p, "this is no file of packed tensors of this version and machine");
    if (h->size < PACKED_PAGE || h->size > PACKED_HEAD_MAX || h->size % PACKED_PAGE != 0 ||
        h->size > size || h->data != size - h->size)
        return damaged(p, "it has not the size that it claims");
    if (h->count > PACKED_ITEMS_MAX || !is_hash_right(p))
        return damaged(p, "its head is damaged");
    if (memcmp(h->key, key, PACKED_HASH) != 0)
        return err_set(ERR_ARG, "%s: it was made of something else", p->path);
    return 0;
}

/* -- the tensors -- */

/* dtype and layout must be such as the engine has, and the bytes within the file. */
static bool read_tensor(struct tensor *t, const struct packed *p, const struct packed_record *r) {
    enum dtype dtype;
    char name[sizeof(r->dtype) + 1] = {0};
    memcpy(name, r->dtype, sizeof(r->dtype));
    if (!dtype_parse(&dtype, name) || r->rank > TENSOR_RANK_MAX ||
        tensor_init(t, dtype, (int)r->rank, r->shape) < 0)
        return false;
    if (r->layout == TENSOR_PANELS && (t->rank != 2 || !dtype_is_block(dtype)))
        return false;
    if (r->layout > TENSOR_PANELS || r->begin % PACKED_ALIGN != 0 || r->begin > p->head.data ||
        tensor_size(t) > p->head.data - r->begin)
        return false;
    t->layout = (enum tensor_layout)r->layout;
    t->data = (void *)(uintptr_t)(p->bytes + p->head.size + r->begin);
    return true;
}

/* The names end where the hash begins. */
static bool read_record(struct packed *p, size_t i, const uint8_t *records, const uint8_t *names) {
    struct packed_record r;
    memcpy(&r, records + i * sizeof(r), sizeof(r));
    size_t room = (size_t)(p->bytes + p->head.size - PACKED_HASH - names);
    if (r.len > PACKED_NAME_MAX || r.name >= room || r.len >= room - r.name ||
        memchr(names + r.name, 0, r.len + 1) != names + r.name + r.len)
        return false;
    p->names[i] = (const char *)names + r.name;
    return read_tensor(&p->tensors[i], p, &r) &&
           map_add(&p->by_name, p->names[i], r.len, (uint32_t)i);
}

/* How many sums there are is known only from the records, which lie behind them: hence their count
 * stands before them. */
static int read_records(struct packed *p, const uint8_t **sums, uint64_t *sums_count) {
    const uint8_t *at = p->bytes + sizeof(p->head);
    uint64_t room = p->head.size - PACKED_HASH - sizeof(p->head), count = p->head.count;
    memcpy(sums_count, at, sizeof(*sums_count));
    room -= sizeof(*sums_count);
    if (*sums_count > room / sizeof(uint64_t))
        return damaged(p, "its head is damaged");
    room -= *sums_count * sizeof(uint64_t);
    if (count > room / sizeof(struct packed_record))
        return damaged(p, "its head is damaged");
    *sums = at + sizeof(*sums_count);
    const uint8_t *records = *sums + *sums_count * sizeof(uint64_t);
    p->tensors = xcalloc(count + 1, sizeof(*p->tensors));
    p->names = xcalloc(count + 1, sizeof(*p->names));
    map_init(&p->by_name, count);
    for (size_t i = 0; i < count; i++)
        if (!read_record(p, i, records, records + count * sizeof(struct packed_record)))
            return damaged(p, "a record of its head is damaged");
    return 0;
}

static int check_sums(const struct packed *p, const uint8_t *sums, uint64_t count,
                      struct pool *pool) {
    if (packed_sums_count(p->tensors, p->head.count) != count)
        return damaged(p, "its head is damaged");
    uint64_t *actual = xcalloc(count + 1, sizeof(*actual));
    packed_sums(actual, p->tensors, p->head.count, pool);
    bool same = memcmp(actual, sums, count * sizeof(*actual)) == 0;
    free(actual);
    return same ? 0 : damaged(p, "the bytes of a tensor are not those that were written");
}

static int read_all(struct packed *p, size_t size, const char *key, struct pool *pool) {
    const uint8_t *sums = NULL;
    uint64_t count = 0;
    int rc = read_head(p, size, key);
    if (rc == 0)
        rc = read_records(p, &sums, &count);
    return rc < 0 ? rc : check_sums(p, sums, count, pool);
}

/* -- opening -- */

static struct packed *packed_new(const char *path) {
    struct packed *p = xcalloc(1, sizeof(*p));
    p->path = xstrdup(path);
    return p;
}

int packed_parse(struct packed **out, const void *bytes, size_t size, const char *name,
                 const char *key, struct pool *pool) {
    struct packed *p = packed_new(name);
    p->bytes = bytes;
    int rc = read_all(p, size, key, pool);
    if (rc < 0)
        packed_close(p);
    else
        *out = p;
    return rc;
}

/* Whoever else may write it could put any weights there. */
static bool is_own(const struct file_id *id) {
    return (id->owner == geteuid() || id->owner == 0) && (id->mode & 022) == 0;
}

int packed_open(struct packed **out, const char *path, const char *key, struct pool *pool) {
    struct packed *p = packed_new(path);
    int rc = file_map(&p->file, path);
    p->bytes = p->file.data;
    if (rc == 0 && !is_own(&p->file.id))
        rc = damaged(p, "others may write it");
    if (rc == 0)
        rc = read_all(p, p->file.size, key, pool);
    if (rc < 0)
        packed_close(p);
    else
        *out = p;
    return rc;
}

void packed_close(struct packed *p) {
    if (!p)
        return;
    map_done(&p->by_name);
    free(p->names);
    free(p->tensors);
    file_done(&p->file);
    free(p->path);
    free(p);
}

/* -- asking -- */

size_t packed_count(const struct packed *p) {
    return p->head.count;
}

const char *packed_name(const struct packed *p, size_t index) {
    CHECK(index < p->head.count);
    return p->names[index];
}

bool packed_find(const struct packed *p, const char *name, struct tensor *out) {
    uint32_t i;
    if (!map_find_str(&p->by_name, name, &i))
        return false;
    *out = p->tensors[i];
    return true;
}
