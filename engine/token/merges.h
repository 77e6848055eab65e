/* SPDX-License-Identifier: Apache-2.0 */
/* merges: which two neighbours BPE joins into which token, and how early. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "engine/token/vocab.h"

struct merge {
    uint64_t pair; /* left id + 1 in the high half, so that 0 is a free slot */
    uint32_t rank;
    int32_t id; /* of the two joined */
};
struct merges {
    struct merge *slots; /* open addressing, [mask + 1] */
    uint64_t mask, seed;
};

/* A list of "left right" or of ["left", "right"], earliest first. The product is left with right
 * behind it, less the first prefix_len bytes of right. 0, or ERR_FORMAT naming the merge: it is
 * none, or its sides or its product are not in the vocabulary. */
int merges_parse(struct merges *out, const struct vocab *vocab, size_t prefix_len,
                 struct json array);
/* The same of texts "left right", which failures name by their number. */
int merges_fill(struct merges *out, const struct vocab *vocab, size_t prefix_len,
                const struct token_text *texts, size_t len);
void merges_done(struct merges *m); /* copes with a zeroed struct */

static inline uint64_t merges_key(int32_t left, int32_t right) {
    return (uint64_t)((uint32_t)left + 1) << 32 | (uint32_t)right;
}

/* The first slot to look for it in. */
static inline uint64_t merges_home(const struct merges *m, uint64_t pair) {
    uint64_t h = (pair ^ m->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return h >> 24 & m->mask;
}

/* The slot of the pair, or the free one where it belongs. */
static inline struct merge *merges_slot(const struct merges *m, uint64_t pair) {
    for (uint64_t i = merges_home(m, pair);; i = (i + 1) & m->mask) {
        struct merge *slot = &m->slots[i];
        if (slot->pair == pair || slot->pair == 0)
            return slot;
    }
}

/* The merge of two ids, or NULL. */
static inline const struct merge *merges_find(const struct merges *m, int32_t left, int32_t right) {
    const struct merge *slot = merges_slot(m, merges_key(left, right));
    return slot->pair ? slot : NULL;
}
