/* SPDX-License-Identifier: Apache-2.0 */
/* attention_few: what the files of attention for a few queries share.
 *
 * The context is cut into chunks of a fixed length whose partial results are added up in their
 * order, so neither the number of threads nor that of queries changes a bit. A chunk takes three
 * steps: all scores, all weights, all values. So each is one kind of work on one stream of memory,
 * of which the next block is asked for while this one is worked on. */
#pragma once

#include "engine/backend/native/kernels/attention.h"

enum {
    CHUNK = 256, /* slots of one unit of work */
    BLOCK = 32,  /* slots at a time; a multiple of VL */
    /* What a partial result holds: sums are in lines of their own. */
    PART_MAX = 0,
    PART_TOTAL = 1,
    PART_SUMS = 16,
};

/* One call. */
struct few {
    const struct attention *a;
    int64_t width;  /* d up to a multiple of VL */
    int64_t chunks; /* of the longest range */
    int64_t first;  /* chunk of the first slot anybody sees */
    int64_t part;   /* floats of a partial result */
    float *parts;   /* [B][chunks][kv_heads][T][group][part] */
    float *rooms;
};

/* What one thread works on: the queries of one key head against one chunk. */
struct unit {
    const struct few *f;
    int64_t b, head, begin, end, rows;
    struct slots k, v;
    float *room;  /* [BLOCK][width] */
    float *score; /* [rows][CHUNK] */
    float *q;     /* [rows][width] */
    float *part;  /* [rows][part] */
};

/* BLOCK slots of keys or values: in the cache itself, or as floats in the room. */
struct block {
    const char *at;
    int64_t step; /* bytes from slot to slot */
    enum dtype dtype;
};

/* Row r of a unit is query t = r / group of head r % group. */
static inline float *unit_part(const struct unit *u, int64_t r) {
    return u->part + r * u->f->part;
}

static inline int64_t block_count(const struct unit *u) {
    return (u->end - u->begin + BLOCK - 1) / BLOCK;
}

static inline int64_t block_slots(const struct unit *u, int64_t s) {
    return u->end - s < BLOCK ? u->end - s : BLOCK;
}

/* The block from slot s on, read in place if it is whole and of one of the dtypes. */
static inline struct block block_at(const struct unit *u, const struct slots *slots, int64_t s,
                                    uint32_t in_place) {
    int64_t n = block_slots(u, s), width = u->f->width;
    if ((in_place & DTYPE_BIT(slots->dtype)) && slots->d == width && n == BLOCK)
        return (struct block){slots->at + s * slots->step, slots->step, slots->dtype};
    NATIVE(attention_widen)(u->room, width, slots, s, s + n);
    memset(u->room + n * width, 0, (size_t)((BLOCK - n) * width) * sizeof(float));
    return (struct block){(const char *)u->room, width * (int64_t)sizeof(float), DTYPE_F32};
}

/* Adds the values of the chunk, by their weights, to the sums of its rows, which are 0. */
void NATIVE(attention_add_values)(const struct unit *u);
