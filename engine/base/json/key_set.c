/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json/key_set.h"

#include <string.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"
#include "engine/base/json/node.h"

enum { CAP_MIN = 16 };

struct key_slot {
    uint32_t node; /* none of this object: free */
    uint32_t hash;
};

void key_set_done(struct key_set *set) {
    bulk_free(set->slots, set->cap * sizeof(*set->slots));
    *set = (struct key_set){0};
}

void key_set_begin(struct key_set *set, uint32_t object) {
    set->object = object;
    set->count = 0;
    set->waiting_len = 0;
}

static bool same_key(const struct json_doc *doc, uint32_t a, uint32_t b) {
    const struct node *x = &doc->nodes[a], *y = &doc->nodes[b];
    return x->key_len == y->key_len &&
           memcmp(doc->text + x->key, doc->text + y->key, x->key_len) == 0;
}

/* The slot of this key, or the free one where it belongs. */
static struct key_slot *slot_of(const struct key_set *set, const struct json_doc *doc,
                                struct key_slot want) {
    size_t mask = set->cap - 1;
    for (size_t i = want.hash & mask;; i = (i + 1) & mask) {
        struct key_slot *s = &set->slots[i];
        if (s->node <= set->object)
            return s;
        if (s->hash == want.hash && same_key(doc, s->node, want.node))
            return s;
    }
}

static void grow(struct key_set *set, const struct json_doc *doc) {
    struct key_set bigger = *set;
    bigger.cap = set->cap ? set->cap * 2 : CAP_MIN;
    bigger.slots = bulk_alloc(bigger.cap * sizeof(*bigger.slots));
    if (!bigger.slots)
        err_out_of_memory(bigger.cap * sizeof(*bigger.slots));
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i].node > set->object)
            *slot_of(&bigger, doc, set->slots[i]) = set->slots[i];
    bulk_free(set->slots, set->cap * sizeof(*set->slots));
    *set = bigger;
}

static bool add(struct key_set *set, const struct json_doc *doc, uint32_t node) {
    struct key_slot want = {node, doc->nodes[node].key_hash};
    struct key_slot *s = slot_of(set, doc, want);
    if (s->node > set->object) {
        set->twice = node;
        return false;
    }
    *s = want;
    return true;
}

bool key_set_end(struct key_set *set, const struct json_doc *doc) {
    uint32_t len = set->waiting_len;
    set->waiting_len = 0;
    for (uint32_t i = 0; i < len; i++)
        if (!add(set, doc, set->waiting[i]))
            return false;
    return true;
}

bool key_set_add(struct key_set *set, const struct json_doc *doc, uint32_t node) {
    if (set->count >= set->cap / 4 * 3) {
        if (!key_set_end(set, doc))
            return false;
        grow(set, doc);
    }
    set->count++;
    __builtin_prefetch(set->slots + (doc->nodes[node].key_hash & (set->cap - 1)));
    set->waiting[set->waiting_len++] = node;
    return set->waiting_len < KEY_SET_WAITING || key_set_end(set, doc);
}

uint32_t key_set_twice(const struct key_set *set) {
    return set->twice;
}
