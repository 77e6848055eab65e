/* SPDX-License-Identifier: Apache-2.0 */
/* arena: memory that dies together.
 *
 * Blocks grow on demand and are never moved; nothing is freed singly. Every lifetime in the
 * programs (model, session, request; run, page) is one arena. */
#pragma once

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *head; /* the block being filled; older ones behind it */
    size_t block_size;        /* bytes of the next ordinary block */
    size_t used;              /* bytes handed out since init or reset */
};

/* block_size 0 takes the default of 64 KiB. Allocates nothing yet. */
void arena_init(struct arena *a, size_t block_size);
void arena_done(struct arena *a); /* copes with a zeroed struct */
/* Keeps the largest block for reuse and forgets all that was handed out. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type, never NULL (aborts when memory is out). size 0 is fine. */
void *arena_alloc(struct arena *a, size_t size);
/* count * size with the product checked. */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len); /* adds a NUL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
