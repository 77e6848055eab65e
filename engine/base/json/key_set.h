/* SPDX-License-Identifier: Apache-2.0 */
/* key_set: has this key been seen in this object? A set that needs no emptying between objects.
 *
 * A slot holds the index of a node. Objects that share a set do not overlap, so a slot counts only
 * when its node lies behind the object's own: many small objects after one large one cost nothing
 * extra. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_doc;
struct key_slot;
struct key_set {
    struct key_slot *slots; /* [cap], NULL at first */
    size_t cap;             /* a power of two */
    size_t count;           /* keys of this object */
    uint32_t object;        /* its node */
};

/* A zeroed struct is a set without memory. */
void key_set_done(struct key_set *set);
/* From here on the keys are those of this object. */
void key_set_begin(struct key_set *set, uint32_t object);
/* False when the node's key is already there. */
bool key_set_add(struct key_set *set, const struct json_doc *doc, uint32_t node);
