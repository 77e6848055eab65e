/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "engine/base/err.h"

static size_t padded(size_t size) {
    return (size + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
}

/* Larger first; of equals the one that lives first, then the one listed first. */
static int by_size(const void *pa, const void *pb) {
    const struct memory_span *a = *(struct memory_span *const *)pa;
    const struct memory_span *b = *(struct memory_span *const *)pb;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a < b ? -1 : 1;
}

static bool meet(const struct memory_span *a, const struct memory_span *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* placed[0…count-1] is in order of offset: the first gap wide enough for span is its place. */
static void place(struct memory_span **placed, int count, struct memory_span *span, bool reuse) {
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (reuse && !meet(placed[i], span))
            continue;
        if (placed[i]->offset >= at && placed[i]->offset - at >= padded(span->size))
            break;
        size_t end = placed[i]->offset + padded(placed[i]->size);
        at = end > at ? end : at;
    }
    span->offset = at;
    int i = count;
    for (; i > 0 && placed[i - 1]->offset > at; i--)
        placed[i] = placed[i - 1];
    placed[i] = span;
}

int memory_layout(struct memory_span *spans, int count, bool reuse, size_t *total) {
    size_t sum = 0, end = 0;
    for (int i = 0; i < count; i++)
        if (spans[i].size > SIZE_MAX / 2 || (sum += padded(spans[i].size)) > SIZE_MAX / 2)
            return err_set(ERR_LIMIT, "the plan needs more memory than can be addressed");
    struct memory_span **order = xcalloc((size_t)count + 1, 2 * sizeof(struct memory_span *));
    struct memory_span **placed = order + count + 1;
    for (int i = 0; i < count; i++)
        order[i] = &spans[i];
    qsort(order, (size_t)count, sizeof(struct memory_span *), by_size);
    for (int i = 0; i < count; i++) {
        place(placed, i, order[i], reuse);
        size_t behind = order[i]->offset + padded(order[i]->size);
        end = behind > end ? behind : end;
    }
    free(order);
    *total = end;
    return 0;
}
