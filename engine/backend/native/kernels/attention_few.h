/* SPDX-License-Identifier: Apache-2.0 */
/* attention_few: what the files of attention for a few queries share.
 *
 * The context is cut into chunks of a fixed length whose partial results are added up in their
 * order, so neither the number of threads nor that of queries changes a bit. A chunk takes three
 * steps: all scores, all weights, all values. So each is one kind of work on one stream of memory,
 * while what a later step reads is fetched into the second cache. */
#pragma once

#include "engine/backend/native/kernels/attention.h"

enum {
    CHUNK = 256, /* slots of one unit of work */
    BLOCK = 32,  /* slots at a time; a multiple of VL */
    BLOCKS = CHUNK / BLOCK,
};

/* One call. */
struct few {
    const struct attention *a;
    int64_t width;  /* d up to a multiple of VL */
    int64_t chunks; /* of the longest range */
    int64_t first;  /* chunk of the first slot anybody sees */
    int64_t part;   /* floats of a partial result: max, total, sums */
    float *parts;   /* [B][heads][T][chunks][part] */
    float *rooms;
};

/* What one thread works on: the queries of one key head against one chunk. */
struct unit {
    const struct few *f;
    int64_t b, head, begin, end, rows;
    float *room;  /* [BLOCK][width] */
    float *score; /* [rows][CHUNK] */
    float *keep;  /* [rows][BLOCKS] what sums are scaled by before a block is added */
    float *q;     /* [rows][width] */
};

/* BLOCK slots of keys or values: in the cache itself, or as floats in the room. */
struct block {
    const void *at;
    int64_t step; /* elements from slot to slot */
    enum dtype dtype;
};

static inline float *part_of(const struct few *f, int64_t b, int64_t head, int64_t t,
                             int64_t chunk) {
    const struct attention *a = f->a;
    return f->parts + (((b * a->heads + head) * a->T + t) * f->chunks + chunk) * f->part;
}

/* Row r of a unit is query t = r / group of head r % group. */
static inline float *unit_part(const struct unit *u, int64_t r) {
    const struct attention *a = u->f->a;
    return part_of(u->f, u->b, u->head * a->group + r % a->group, r / a->group,
                   u->begin / CHUNK - u->f->first);
}

static inline int64_t block_count(const struct unit *u) {
    return (u->end - u->begin + BLOCK - 1) / BLOCK;
}

static inline int64_t block_slots(const struct unit *u, int64_t s) {
    return u->end - s < BLOCK ? u->end - s : BLOCK;
}

/* The block from slot s on, read in place if it is whole and of one of the dtypes. */
static inline struct block block_at(const struct unit *u, const struct tensor *cache, int64_t s,
                                    uint32_t in_place) {
    int64_t n = block_slots(u, s), width = u->f->width;
    if ((in_place & DTYPE_BIT(cache->dtype)) && cache->shape[3] == width && n == BLOCK)
        return (struct block){NATIVE(attention_slot)(cache, u->b, u->head, s), cache->stride[1],
                              cache->dtype};
    NATIVE(attention_widen)(u->room, width, cache, u->b, u->head, s, s + n);
    memset(u->room + n * width, 0, (size_t)((BLOCK - n) * width) * sizeof(float));
    return (struct block){u->room, width, DTYPE_F32};
}

/* Asks for BLOCK slots from s on, which may lie behind the last. */
static inline void block_fetch(const struct unit *u, const struct tensor *cache, int64_t s) {
    NATIVE(attention_fetch)
    (NATIVE(attention_slot)(cache, u->b, u->head, s), tensor_offset(cache, cache->stride[1]), BLOCK,
     (int64_t)dtype_bytes(cache->dtype, cache->shape[3]));
}

/* Adds the values of the chunk, by their weights, to the sums of its rows, which are 0. */
void NATIVE(attention_add_values)(const struct unit *u);
