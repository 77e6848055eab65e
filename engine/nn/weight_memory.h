/* SPDX-License-Identifier: Apache-2.0 */
/* weight_memory: bytes of weights that are not the file's, as long as the weights live.
 *
 * What is large lies end to end in slabs of large pages, of which only what was written takes
 * memory: rounding each tensor up to such pages would waste a fifth of a model of half a billion
 * parameters. What is small comes from the heap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct weight_slab;
struct weight_memory {
    struct weight_slab *slabs; /* the newest first */
};

/* size bytes, aligned for vectors, or NULL. */
void *weight_memory_take(struct weight_memory *m, size_t size);
/* Whether weight_memory_take() returned this. */
bool weight_memory_has(const struct weight_memory *m, const void *data);
void weight_memory_done(struct weight_memory *m); /* copes with a zeroed struct */
