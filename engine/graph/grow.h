/* SPDX-License-Identifier: Apache-2.0 */
/* grow: an array in an arena with room for one more. The old one stays behind, half as large. */
#pragma once

#include <string.h>

#include "engine/base/arena.h"

static inline void *grow(struct arena *a, void *items, int count, int *cap, size_t size) {
    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 64;
    void *more = arena_array(a, (size_t)*cap, size);
    if (count)
        memcpy(more, items, (size_t)count * size);
    return more;
}
