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

enum { KEY_SET_WAITING = 16 };

struct json_doc;
struct key_slot;
struct key_set {
    struct key_slot *slots; /* [cap], NULL at first */
    size_t cap;             /* a power of two */
    size_t count;           /* keys of this object */
    uint32_t object;        /* its node */
    uint32_t waiting[KEY_SET_WAITING];
    uint32_t waiting_len; /* keys whose slots are on their way from memory */
    uint32_t twice;       /* the key that was there already */
};

/* A zeroed struct is a set without memory. */
void key_set_done(struct key_set *set);
/* From here on the keys are those of this object. */
void key_set_begin(struct key_set *set, uint32_t object);
/* Adds the node's key. False when one that was added, this one or one shortly before, was there
 * already: key_set_twice() says which. */
bool key_set_add(struct key_set *set, const struct json_doc *doc, uint32_t node);
/* No more keys in this object, or none that count. False as above. */
bool key_set_end(struct key_set *set, const struct json_doc *doc);
uint32_t key_set_twice(const struct key_set *set); /* the node of the second */
