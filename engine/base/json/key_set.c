/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json/key_set.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/map.h"

enum { CAP_MIN = 16 };

struct key_slot {
    const char *key;
    size_t len;
    uint64_t hash;
    uint64_t generation; /* any but the set's own: free */
};

void key_set_done(struct key_set *set) {
    free(set->slots);
    *set = (struct key_set){0};
}

void key_set_reset(struct key_set *set) {
    set->generation++;
    set->count = 0;
}

/* The slot of this key, or the free one where it belongs. */
static struct key_slot *slot_of(const struct key_set *set, const struct key_slot *want) {
    size_t mask = set->cap - 1;
    for (size_t i = (size_t)want->hash & mask;; i = (i + 1) & mask) {
        struct key_slot *s = &set->slots[i];
        if (s->generation != set->generation)
            return s;
        if (s->hash == want->hash && s->len == want->len && memcmp(s->key, want->key, s->len) == 0)
            return s;
    }
}

static void grow(struct key_set *set) {
    struct key_set bigger = {.cap = set->cap ? set->cap * 2 : CAP_MIN, .count = set->count};
    bigger.slots = xcalloc(bigger.cap, sizeof(*bigger.slots));
    bigger.generation = 1; /* calloc left all slots at 0 */
    for (size_t i = 0; i < set->cap; i++) {
        struct key_slot s = set->slots[i];
        if (s.generation != set->generation)
            continue;
        s.generation = bigger.generation;
        *slot_of(&bigger, &s) = s;
    }
    free(set->slots);
    *set = bigger;
}

bool key_set_add(struct key_set *set, const char *key, size_t len) {
    if (set->count >= set->cap / 4 * 3)
        grow(set);
    struct key_slot want = {key, len, map_hash(key, len), set->generation};
    struct key_slot *s = slot_of(set, &want);
    if (s->generation == set->generation)
        return false;
    *s = want;
    set->count++;
    return true;
}
