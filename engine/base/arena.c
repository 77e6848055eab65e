/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum {
    BLOCK_DEFAULT = 64 << 10,
    BLOCK_MAX = 4 << 20, /* ordinary blocks double up to this */
    ALIGN = alignof(max_align_t),
};

struct arena_block {
    struct arena_block *next; /* older */
    size_t cap;               /* bytes behind the header */
    size_t used;
    alignas(ALIGN) unsigned char data[];
};

void arena_init(struct arena *a, size_t block_size) {
    *a = (struct arena){.block_size = block_size ? block_size : BLOCK_DEFAULT};
}

static void free_blocks(struct arena_block *b) {
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_done(struct arena *a) {
    free_blocks(a->head);
    a->head = NULL;
    a->used = 0;
}

void arena_reset(struct arena *a) {
    struct arena_block **largest = &a->head;
    for (struct arena_block **b = &a->head; *b; b = &(*b)->next)
        if ((*b)->cap > (*largest)->cap)
            largest = b;
    struct arena_block *keep = *largest;
    if (keep) {
        *largest = keep->next;
        free_blocks(a->head);
        keep->next = NULL;
        keep->used = 0;
    }
    a->head = keep;
    a->used = 0;
}

static struct arena_block *new_block(size_t cap) {
    if (cap > SIZE_MAX - sizeof(struct arena_block))
        err_out_of_memory(cap);
    struct arena_block *b = malloc(sizeof(*b) + cap);
    if (!b)
        err_out_of_memory(cap);
    b->next = NULL;
    b->cap = cap;
    b->used = 0;
    return b;
}

/* A block with at least size free bytes. One that fills more than half an ordinary block gets a
 * block of its own behind the head, so that the head's room is not wasted. */
static struct arena_block *block_for(struct arena *a, size_t size) {
    struct arena_block *head = a->head;
    if (head && size <= head->cap - head->used)
        return head;
    if (a->block_size == 0)
        a->block_size = BLOCK_DEFAULT;
    struct arena_block *b;
    if (head && size > a->block_size / 2) {
        b = new_block(size);
        b->next = head->next;
        head->next = b;
        return b;
    }
    b = new_block(size > a->block_size ? size : a->block_size);
    if (a->block_size <= BLOCK_MAX / 2)
        a->block_size *= 2;
    b->next = head;
    a->head = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t size) {
    if (size > SIZE_MAX - ALIGN)
        err_out_of_memory(size);
    size_t room = size ? (size + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
    struct arena_block *b = block_for(a, room);
    void *p = b->data + b->used;
    b->used += room;
    a->used += room;
    return memset(p, 0, room);
}

void *arena_array(struct arena *a, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        err_out_of_memory(SIZE_MAX);
    return arena_alloc(a, count * size);
}

char *arena_strdup(struct arena *a, const char *s) {
    return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t len) {
    if (len == SIZE_MAX)
        err_out_of_memory(len);
    char *copy = arena_alloc(a, len + 1);
    if (len)
        memcpy(copy, s, len);
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    CHECK(len >= 0);
    char *text = arena_alloc(a, (size_t)len + 1);
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return text;
}
