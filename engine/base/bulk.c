/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/bulk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 << 20 };

static size_t whole_pages(size_t size) {
    return (size + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1);
}

static char *map(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Newer kernels align what is of whole large pages. For others: one page more than is needed, and
 * back goes what lies outside the aligned part. */
static void *map_aligned(size_t size) {
    char *p = map(size);
    if (p && (uintptr_t)p % LARGE_PAGE != 0) {
        (void)munmap(p, size);
        p = map(size + LARGE_PAGE);
        size_t head = -(uintptr_t)p & (LARGE_PAGE - 1);
        if (p && head)
            (void)munmap(p, head);
        if (p)
            (void)munmap(p + head + size, LARGE_PAGE - head);
        p = p ? p + head : NULL;
    }
    if (p)
        (void)madvise(p, size, MADV_HUGEPAGE); /* a wish; without it, pages are small */
    return p;
}

void *bulk_alloc(size_t size) {
    if (size < LARGE_PAGE)
        return calloc(size ? size : 1, 1);
    return size > SIZE_MAX - 2 * (size_t)LARGE_PAGE ? NULL : map_aligned(whole_pages(size));
}

/* Moving a mapping moves no bytes. */
void *bulk_grow(void *p, size_t old, size_t size) {
    if (p && old >= LARGE_PAGE) {
        void *moved = size > SIZE_MAX - LARGE_PAGE
                          ? MAP_FAILED
                          : mremap(p, whole_pages(old), whole_pages(size), MREMAP_MAYMOVE);
        return moved == MAP_FAILED ? NULL : moved;
    }
    void *grown = bulk_alloc(size);
    if (grown && p) {
        memcpy(grown, p, old);
        bulk_free(p, old);
    }
    return grown;
}

void bulk_free(void *p, size_t size) {
    if (size < LARGE_PAGE)
        free(p);
    else if (p)
        (void)munmap(p, whole_pages(size));
}
