/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"

enum {
    LINE = 64,       /* where vectors like to begin */
    LARGE = 1 << 18, /* bytes; from here on, slabs */
    SLAB = 64 << 20,
};

/* One piece of the heap, or many pieces of large pages. */
struct weight_slab {
    struct weight_slab *next;
    char *data;
    size_t size, used; /* bytes; size 0: of the heap */
};

static struct weight_slab *add(struct weight_memory *m, char *data, size_t size) {
    struct weight_slab *s = data ? xcalloc(1, sizeof(*s)) : NULL;
    if (!s)
        return NULL;
    *s = (struct weight_slab){.next = m->slabs, .data = data, .size = size};
    return m->slabs = s;
}

static void *take_small(struct weight_memory *m, size_t size) {
    struct weight_slab *s = add(m, aligned_alloc(LINE, size), 0);
    if (!s)
        return NULL;
    s->used = size;
    return s->data;
}

void *weight_memory_take(struct weight_memory *m, size_t size) {
    if (size > SIZE_MAX - LINE)
        return NULL;
    size_t whole = size ? (size + LINE - 1) / LINE * LINE : LINE;
    if (whole < LARGE)
        return take_small(m, whole);
    struct weight_slab *s = m->slabs;
    while (s && s->size < s->used + whole) /* those of the heap are full */
        s = s->next;
    if (!s) {
        size_t room = whole > SLAB ? whole : SLAB;
        s = add(m, bulk_alloc(room), room);
    }
    if (!s)
        return NULL;
    s->used += whole;
    return s->data + s->used - whole;
}

bool weight_memory_has(const struct weight_memory *m, const void *data) {
    for (const struct weight_slab *s = m->slabs; s; s = s->next)
        if ((uintptr_t)data - (uintptr_t)s->data < s->used)
            return true;
    return false;
}

void weight_memory_done(struct weight_memory *m) {
    for (struct weight_slab *s = m->slabs, *next; s; s = next) {
        next = s->next;
        if (s->size)
            bulk_free(s->data, s->size);
        else
            free(s->data);
        free(s);
    }
    *m = (struct weight_memory){0};
}
