/* SPDX-License-Identifier: Apache-2.0 */
/* key_set: has this key been seen? A set that is emptied in no time, for objects without end.
 *
 * A slot belongs to the generation that filled it; key_set_reset() starts the next one. So many
 * small objects after one large one cost nothing extra. Keys are borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_slot;
struct key_set {
    struct key_slot *slots; /* [cap], NULL at first */
    size_t cap;             /* a power of two */
    size_t count;           /* keys of this generation */
    uint64_t generation;
};

/* A zeroed struct is an empty set. */
void key_set_done(struct key_set *set);
void key_set_reset(struct key_set *set);
/* False when key is already there. */
bool key_set_add(struct key_set *set, const char *key, size_t len);
