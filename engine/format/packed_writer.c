/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/format/packed.h"
#include "engine/format/packed_head.h"

enum { PATH_MAX_BYTES = 64 << 10 };

/* A file while it is made. */
struct writer {
    const struct packed_item *items;
    size_t count;
    struct tensor *tensors;
    struct packed_record *records;
    struct buf names;
    uint64_t data; /* bytes */
};

static uint64_t aligned(uint64_t n, uint64_t to) {
    return (n + to - 1) / to * to;
}

/* -- what goes where -- */

/* The record of the same bytes before this one, or NULL. */
static const struct packed_record *find_twin(const struct writer *w, size_t i) {
    for (size_t j = 0; j < i; j++)
        if (w->tensors[j].data == w->tensors[i].data &&
            tensor_size(&w->tensors[j]) == tensor_size(&w->tensors[i]))
            return &w->records[j];
    return NULL;
}

static int place(struct writer *w, size_t i) {
    const struct tensor *t = &w->tensors[i];
    struct packed_record *r = &w->records[i];
    const char *name = w->items[i].name, *dtype = dtype_name(t->dtype);
    CHECK(tensor_is_contiguous(t) && strlen(dtype) <= sizeof(r->dtype));
    if (strlen(name) > PACKED_NAME_MAX)
        return err_set(ERR_LIMIT, "the name of tensor %zu is too long", i);
    memcpy(r->dtype, dtype, strlen(dtype));
    r->layout = t->layout;
    r->rank = (uint32_t)t->rank;
    memcpy(r->shape, t->shape, sizeof(*t->shape) * (size_t)t->rank);
    const struct packed_record *twin = find_twin(w, i);
    r->begin = twin ? twin->begin : w->data;
    if (!twin)
        w->data += aligned(tensor_size(t), PACKED_ALIGN);
    r->name = (uint32_t)w->names.len;
    r->len = (uint32_t)strlen(name);
    buf_add(&w->names, name, strlen(name) + 1);
    return 0;
}

static int place_all(struct writer *w) {
    struct map seen;
    int rc = 0;
    map_init(&seen, w->count);
    for (size_t i = 0; rc == 0 && i < w->count; i++) {
        const char *name = w->items[i].name;
        w->tensors[i] = *w->items[i].tensor;
        rc = map_add(&seen, name, strlen(name), 0)
                 ? place(w, i)
                 : err_set(ERR_ARG, "tensor \"%s\" is given twice", name);
    }
    map_done(&seen);
    return rc < 0 ? rc : buf_ok(&w->names, "the names");
}

static int put_head(struct buf *b, const struct writer *w, const char *key, struct pool *pool) {
    struct packed_head h = {
        .magic = PACKED_MAGIC,
        .version = PACKED_VERSION,
        .count = (uint32_t)w->count,
        .data = w->data,
    };
    uint64_t sums_count = packed_sums_count(w->tensors, w->count);
    uint64_t *sums = xcalloc(sums_count + 1, sizeof(*sums));
    char hash[HASH_HEX_SIZE];
    packed_sums(sums, w->tensors, w->count, pool);
    size_t plain = sizeof(h) + sizeof(sums_count) + sums_count * sizeof(*sums) +
                   w->count * sizeof(*w->records) + w->names.len;
    h.size = aligned(plain + PACKED_HASH, PACKED_PAGE);
    memcpy(h.key, key, PACKED_HASH);
    buf_add(b, &h, sizeof(h));
    buf_add(b, &sums_count, sizeof(sums_count));
    buf_add(b, sums, sums_count * sizeof(*sums));
    buf_add(b, w->records, w->count * sizeof(*w->records));
    buf_add(b, w->names.data, w->names.len);
    char *zeros = buf_grow(b, h.size - PACKED_HASH - plain);
    if (zeros)
        memset(zeros, 0, h.size - PACKED_HASH - plain);
    buf_add(b, hash_bytes(b->data, b->len, hash), PACKED_HASH);
    free(sums);
    return buf_ok(b, "the head");
}

/* -- writing -- */

static bool write_at(int fd, const void *bytes, size_t size, uint64_t at) {
    const char *p = bytes;
    while (size > 0) {
        ssize_t n = pwrite(fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_bytes(int fd, const struct writer *w, const struct buf *head) {
    bool ok =
        ftruncate(fd, (off_t)(head->len + w->data)) == 0 && write_at(fd, head->data, head->len, 0);
    for (size_t i = 0; ok && i < w->count; i++)
        if (!find_twin(w, i))
            ok = write_at(fd, w->tensors[i].data, tensor_size(&w->tensors[i]),
                          head->len + w->records[i].begin);
    return ok;
}

static int write_file(const char *path, const struct writer *w, const struct buf *head) {
    static _Atomic unsigned counter;
    struct buf temporary;
    buf_init(&temporary, PATH_MAX_BYTES);
    buf_printf(&temporary, "%s.%ld-%u.tmp", path, (long)getpid(), counter++);
    int rc = buf_ok(&temporary, "the path"), fd = -1;
    if (rc == 0)
        fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (rc == 0 && fd < 0)
        rc = err_errno(ERR_IO, "cannot create %s", temporary.data);
    if (rc == 0) {
        bool ok = write_bytes(fd, w, head);
        if (!ok)
            rc = err_errno(ERR_IO, "cannot write %s", temporary.data);
        if (close(fd) != 0 && rc == 0)
            rc = err_errno(ERR_IO, "cannot write %s", temporary.data);
        if (rc == 0 && rename(temporary.data, path) != 0)
            rc = err_errno(ERR_IO, "cannot replace %s", path);
        if (rc < 0)
            (void)unlink(temporary.data);
    }
    buf_done(&temporary);
    return rc;
}

int packed_write(const char *path, const char *key, const struct packed_item *items, size_t count,
                 struct pool *pool) {
    struct writer w = {.items = items, .count = count};
    struct buf head;
    if (count > PACKED_ITEMS_MAX)
        return err_set(ERR_LIMIT, "%zu tensors exceed %d", count, PACKED_ITEMS_MAX);
    w.tensors = xcalloc(count + 1, sizeof(*w.tensors));
    w.records = xcalloc(count + 1, sizeof(*w.records));
    buf_init(&w.names, PACKED_HEAD_MAX);
    buf_init(&head, PACKED_HEAD_MAX);
    int rc = place_all(&w);
    if (rc == 0)
        rc = put_head(&head, &w, key, pool);
    if (rc == 0)
        rc = write_file(path, &w, &head);
    buf_done(&head);
    buf_done(&w.names);
    free(w.records);
    free(w.tensors);
    return rc;
}
