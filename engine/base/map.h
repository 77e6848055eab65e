/* SPDX-License-Identifier: Apache-2.0 */
/* map: byte string → index, by open addressing. Keys are borrowed and must outlive the map. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot;
struct map {
    struct map_slot *slots;
    size_t count; /* keys in the map */
    size_t cap;   /* slots, a power of two, or 0 */
};

/* Room for `expect` keys without growing; 0 is fine. The hash is seeded per process. */
void map_init(struct map *m, size_t expect);
void map_done(struct map *m); /* copes with a zeroed struct */
/* True when key was absent and is now there; false leaves the old value. */
bool map_add(struct map *m, const char *key, size_t len, uint32_t value);
/* Adds or overwrites. */
void map_set(struct map *m, const char *key, size_t len, uint32_t value);
/* True and *value when key is there. */
bool map_find(const struct map *m, const char *key, size_t len, uint32_t *value);
bool map_find_str(const struct map *m, const char *key, uint32_t *value);
/* The seeded hash itself, for tables of another shape: the same within a process only. */
uint64_t map_hash(const void *key, size_t len);
