/* SPDX-License-Identifier: Apache-2.0 */
/* quantise: rows of x as bytes, in blocks of 32 with a scale each, for products in integers.
 *
 * q = round(x / d) with d = the block's largest / 127, as in q8_0. A block with something that is
 * not finite has d = NaN, and so has every sum it enters.
 *
 * Rows that are multiplied together are a group, and lie interleaved: the bytes of a group of g
 * rows as [k / width][g][width], and so with all that is known of their blocks. A product then
 * reads one stream, whatever g is. */
#pragma once

#include <stddef.h>

#include "engine/backend/native/kernels/level.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/backend/native/simd/tiles.h"

enum {
    QUANTISE_BLOCK = 32,
    /* Rows of a group, so that their sums with those of a few panels fit in the registers. */
    QUANTISE_ROWS = REGISTERS >= 32 ? (VL == 16 ? 6 : 3)
                    : VL == 8       ? 3
                                    : 1,
    /* The same against panels that are read as they lie, where there are few rows in all. */
    QUANTISE_FEW = QUANTISE_ROWS > 4 ? 4 : QUANTISE_ROWS,
    QUANTISE_FEW_MAX = 16,
};

struct quantised {
    int32_t *q;     /* words of each group, where quantise_word() says */
    float *d;       /* [k / 32][g]: scales */
    float *least;   /* [k / 32][g]: -d · Σ q */
    int32_t *start; /* [k / width][g]: -offset · Σ q over so many q */
    int64_t n, k;   /* k is a multiple of 32 */
    int width;      /* 16 or 32 */
    int offset;     /* what is added to the bytes of the matrix */
};

/* Which group row t lies in: its first row, and how many there are. Where all rows are few, groups
 * of QUANTISE_FEW and what is left; else of QUANTISE_ROWS, and what is left in powers of two. */
struct quantise_group {
    int64_t begin;
    int rows;
};
static inline struct quantise_group quantise_group(int64_t n, int64_t t) {
    struct quantise_group g = {n / QUANTISE_ROWS * QUANTISE_ROWS, QUANTISE_ROWS};
    if (n <= QUANTISE_FEW_MAX) {
        g.begin = t / QUANTISE_FEW * QUANTISE_FEW;
        g.rows = (int)(n - g.begin < QUANTISE_FEW ? n - g.begin : QUANTISE_FEW);
    } else if (t < g.begin)
        g.begin = t / QUANTISE_ROWS * QUANTISE_ROWS;
    else
        for (g.rows = 4; g.begin + g.rows > n || t >= g.begin + g.rows; g.rows /= 2)
            g.begin += g.begin + g.rows <= n ? g.rows : 0;
    return g;
}

/* Bytes that n rows of k take, and where the parts lie in them. */
static inline size_t quantise_bytes(int64_t n, int64_t k) {
    return shape_lines((size_t)(n * k)) + 2 * shape_lines((size_t)(n * k / 8)) +
           shape_lines((size_t)(n * k / 4));
}
static inline void quantise_place(struct quantised *x, void *room, int64_t n, int64_t k) {
    x->q = room;
    x->d = (float *)(void *)((char *)room + shape_lines((size_t)(n * k)));
    x->least = (float *)(void *)((char *)x->d + shape_lines((size_t)(n * k / 8)));
    x->start = (int32_t *)(void *)((char *)x->least + shape_lines((size_t)(n * k / 8)));
    x->n = n;
    x->k = k;
}

/* Where word i (four k from 4i on) of row r lies among those of a group of so many rows. */
static inline int64_t quantise_word(int width, int rows, int64_t i, int r) {
    const int64_t words = width / 4;
    return (i / words * rows + r) * words + i % words;
}
/* The group of so many rows that begins at row t, from k on (a multiple of 32). */
static inline struct quantised quantise_part(const struct quantised *x, int64_t t, int rows,
                                             int64_t k, int width) {
    const int64_t from = t * x->k + k * rows;
    struct quantised part = *x;
    part.q += from / 4;
    part.d += from / QUANTISE_BLOCK;
    part.least += from / QUANTISE_BLOCK;
    part.start += from / width;
    return part;
}
/* q and d of row t at k; the group is the row's. */
static inline int8_t quantise_q(const struct quantised *x, struct quantise_group g, int64_t t,
                                int64_t k) {
    const int8_t *words = (const int8_t *)(x->q + g.begin * (x->k / 4));
    return words[quantise_word(x->width, g.rows, k / 4, (int)(t - g.begin)) * 4 + k % 4];
}
static inline float quantise_d(const struct quantised *x, struct quantise_group g, int64_t t,
                               int64_t k) {
    return x->d[g.begin * (x->k / QUANTISE_BLOCK) + k / QUANTISE_BLOCK * g.rows + t - g.begin];
}

/* The rows of a group from k floats each, `stride` apart; from: the first one. */
void NATIVE(quantise_rows)(const struct quantised *x, struct quantise_group g, const float *from,
                           int64_t stride);
