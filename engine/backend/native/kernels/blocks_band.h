/* SPDX-License-Identifier: Apache-2.0 */
/* blocks_band: many rows of x against two panels, some k at a time.
 *
 * The panels' words and scales are first put in the order in which they are used, as bytes and as
 * f32, where they stay in the first cache while all of x passes. So whatever a format packs into a
 * block is taken out of it once. What a number of the result is, is the same as row by row. */
#pragma once

#include "engine/backend/native/kernels/blocks.h"
#include "engine/backend/native/kernels/blocks_word.h"

enum {
    BAND_PANELS = HALVES == 1 ? 2 : 1,
    BAND_K_MAX = 1024, /* k at a time: two panels of bytes, 32 KiB */
};

struct band {
    const struct blocks *g;
    int64_t panel, k; /* first panel, first k */
    int64_t step;     /* of k, all but the last band */
    int subs;         /* sub-blocks */
    bool is_whole;    /* all BAND_PANELS are there */
    /* What comes after this band, asked for while x passes. */
    const char *next[BAND_PANELS];
    int64_t next_bytes, next_share; /* bytes of a panel, and of it for a group of x */
    /* [sub-block][word][panel][lane], [sub-block][panel][lane] */
    _Alignas(64) int32_t q[BAND_K_MAX / 4 * BAND_PANELS * PANEL_ROWS];
    _Alignas(64) float scale[BAND_K_MAX / 16 * BAND_PANELS * PANEL_ROWS];
    _Alignas(64) float least[BAND_K_MAX / 32 * BAND_PANELS * PANEL_ROWS];
};

/* Where a panel's block at k lies. */
SIMD_INLINE const char *band_block(const struct blocks *g, enum dtype dtype, int64_t panel,
                                   int64_t k) {
    return (const char *)g->w->data + (panel * g->x.k + k) / word_block(dtype) * word_bytes(dtype);
}

/* Panel p of the band, from its block at k on. */
SIMD_INLINE void band_unpack(struct band *s, enum dtype dtype, int p) {
    const int words = word_width(dtype) / 4, in_block = word_block(dtype) / word_width(dtype);
    const char *block = band_block(s->g, dtype, s->panel + p, s->k);
    for (int first = 0; first < s->subs; first += in_block, block += word_bytes(dtype)) {
        UNROLL(16)
        for (int sub = 0; sub < in_block; sub++)
            UNROLL(4)
        for (int h = 0; h < HALVES; h++) {
            int64_t at = ((int64_t)(first + sub) * BAND_PANELS + p) * PANEL_ROWS + h * VL;
            vf_store(s->scale + at, word_scale(block, dtype, sub, h));
            if (dtype == DTYPE_Q4_K)
                vf_store(s->least + at, word_least(block, sub, h));
            UNROLL(8)
            for (int j = 0; j < words; j++) {
                int64_t word = (int64_t)(first + sub) * words + j;
                vi_store(s->q + (word * BAND_PANELS + p) * PANEL_ROWS + h * VL,
                         word_of(block, dtype, sub, j, h));
            }
        }
    }
}

struct band_sums {
    vf at[BAND_PANELS][HALVES][QUANTISE_ROWS];
};

typedef vi band_ints[BAND_PANELS][HALVES][QUANTISE_ROWS];

/* Adds products of a sub-block's words with those of so many rows of x. */
SIMD_INLINE void band_dots(band_ints ints, enum dtype dtype, const int32_t *q, const int32_t *x,
                           int words, int rows) {
    UNROLL(8)
    for (int j = 0; j < words; j++)
        UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vi w = vi_load(q + (j * BAND_PANELS + p) * PANEL_ROWS + h * VL);
        UNROLL(6)
        for (int t = 0; t < rows; t++) {
            vi word = vi_set(x[quantise_word(words * 4, rows, j, t)]);
            ints[p][h][t] = dtype == DTYPE_Q8_0 ? vi_dot_wide(ints[p][h][t], w, word)
                                                : vi_dot(ints[p][h][t], w, word);
        }
    }
}

/* The same, of a whole group, by tiles that band_panels() opened: the same integers. */
SIMD_INLINE void band_tiles(band_ints ints, const int32_t *q, const int32_t *x, int words) {
#if SIMD_TILES
    enum { WORD_STRIDE = BAND_PANELS * PANEL_ROWS * 4, ROW_STRIDE = PANEL_ROWS * 4 };
    _Alignas(64) int32_t sum[BAND_PANELS][QUANTISE_ROWS][PANEL_ROWS];
    _Static_assert(VI_OFFSET == 128, "tiles multiply the bytes of q8_0 as unsigned ones");
    tiles_load(4, x, (int64_t)words * 4);
    tiles_load(6, q, WORD_STRIDE);
    tiles_zero(0);
    tiles_bytes(0, 4, 6);
    tiles_store(0, sum[0], ROW_STRIDE);
    if (BAND_PANELS > 1) {
        tiles_load(7, q + PANEL_ROWS, WORD_STRIDE);
        tiles_zero(1);
        tiles_bytes(1, 4, 7);
        tiles_store(1, sum[BAND_PANELS - 1], ROW_STRIDE);
    }
    for (int p = 0; p < BAND_PANELS; p++)
        for (int h = 0; h < HALVES; h++)
            for (int t = 0; t < QUANTISE_ROWS; t++)
                ints[p][h][t] = vi_add(ints[p][h][t], vi_load(sum[p][t] + h * VL));
#else
    (void)ints, (void)q, (void)x, (void)words;
#endif
}

/* Sub-block `sub` of the band against a group of so many rows, of which x is the first sub-block.
 */
SIMD_INLINE void band_step(const struct band *s, enum dtype dtype, struct band_sums *sum,
                           const struct quantised *x, int sub, int rows) {
    const int words = word_width(dtype) / 4, in_32 = 8 / words;
    const int32_t *q = s->q + (int64_t)sub * words * BAND_PANELS * PANEL_ROWS;
    const int32_t *from = x->q + (int64_t)sub * words * rows;
    const int64_t at = (int64_t)sub * BAND_PANELS * PANEL_ROWS, d = (int64_t)(sub / in_32) * rows;
    band_ints ints;
    UNROLL(6)
    for (int t = 0; t < rows; t++)
        UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        ints[p][h][t] = vi_set(x->start[(int64_t)sub * rows + t]);
    if (SIMD_TILES && rows == QUANTISE_ROWS)
        band_tiles(ints, q, from, words);
    else
        band_dots(ints, dtype, q, from, words, rows);
    UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vf scale = vf_load(s->scale + at + p * PANEL_ROWS + h * VL);
        UNROLL(6)
        for (int t = 0; t < rows; t++) {
            vf *to = &sum->at[p][h][t];
            if (dtype == DTYPE_Q4_K)
                *to = vf_fma(vf_load(s->least + at + p * PANEL_ROWS + h * VL),
                             vf_set(x->least[d + t]), *to);
            *to = vf_fma(vi_float(ints[p][h][t]), vf_mul(scale, vf_set(x->d[d + t])), *to);
        }
    }
}

/* The sums of so many rows, from where they wait for their last k; of a panel that is not there
 * they are 0. */
SIMD_INLINE void band_resume(struct band_sums *sum, const float *out, int64_t stride, int rows,
                             bool is_whole) {
    UNROLL(6)
    for (int t = 0; t < rows; t++, out += stride)
        UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        sum->at[p][h][t] = p == 0 || is_whole ? vf_load(out + p * PANEL_ROWS + h * VL) : vf_zero();
}
SIMD_INLINE void band_keep(const struct band_sums *sum, float *out, int64_t stride, int rows,
                           bool is_whole) {
    UNROLL(6)
    for (int t = 0; t < rows; t++, out += stride)
        UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        if (p == 0 || is_whole)
            vf_store(out + p * PANEL_ROWS + h * VL, sum->at[p][h][t]);
}

/* The first sums: their places are asked for while they are made. */
SIMD_INLINE void band_start(struct band_sums *sum, const float *out, int64_t stride, int rows,
                            bool is_whole) {
    UNROLL(6)
    for (int t = 0; t < rows; t++, out += stride)
        UNROLL(2)
    for (int p = 0; p < BAND_PANELS; p++) {
        __builtin_prefetch(out + (is_whole ? p * PANEL_ROWS : 0), 1, 3);
        UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            sum->at[p][h][t] = vf_zero();
    }
}

/* The group of so many rows that begins at row t. What s and s->g say is read first: for all the
 * compiler knows, each sum that is stored might change it. */
SIMD_INLINE void band_group(const struct band *s, enum dtype dtype, int64_t t, int rows) {
    const struct quantised x = quantise_part(&s->g->x, t, rows, s->k, word_width(dtype));
    const int64_t stride = s->g->out_stride;
    float *out = s->g->out + t * stride + s->panel * PANEL_ROWS;
    const int subs = s->subs;
    const bool is_whole = s->is_whole;
    struct band_sums sum;
    if (s->k == 0)
        band_start(&sum, out, stride, rows, is_whole);
    else
        band_resume(&sum, out, stride, rows, is_whole);
    for (int sub = 0; sub < subs; sub++)
        band_step(s, dtype, &sum, &x, sub, rows);
    band_keep(&sum, out, stride, rows, is_whole);
}

/* A share of what comes next, into the second cache. */
SIMD_INLINE void band_fetch(struct band *s) {
    enum { LINE = 64 };
    int64_t bytes = s->next_bytes < s->next_share ? s->next_bytes : s->next_share;
    for (int p = 0; p < BAND_PANELS; p++) {
        for (int64_t i = 0; i < bytes; i += LINE)
            simd_prefetch(s->next[p] + i);
        s->next[p] += bytes;
    }
    s->next_bytes -= bytes;
}

/* All rows of x, group by group. */
SIMD_INLINE void band_rows(struct band *s, enum dtype dtype) {
    for (int64_t t = 0; t < s->g->x.n;) {
        int rows = quantise_group(s->g->x.n, t).rows;
        band_fetch(s);
        if (rows == QUANTISE_ROWS)
            band_group(s, dtype, t, QUANTISE_ROWS);
        else if (QUANTISE_ROWS > 4 && rows == 4)
            band_group(s, dtype, t, 4);
        else if (QUANTISE_ROWS > 3 && rows == 3)
            band_group(s, dtype, t, 3);
        else if (QUANTISE_ROWS > 2 && rows == 2)
            band_group(s, dtype, t, 2);
        else
            band_group(s, dtype, t, 1);
        t += rows;
    }
}

/* Sets the band at s->k, and what comes after it. */
SIMD_INLINE void band_set(struct band *s, enum dtype dtype, int64_t end) {
    enum { LINE = 64 };
    int64_t left = s->g->x.k - s->k, k = left < s->step ? left : s->step;
    int64_t groups = s->g->x.n / QUANTISE_ROWS + 1, panel = s->panel;
    s->is_whole = end - s->panel >= BAND_PANELS;
    s->subs = (int)(k / word_width(dtype));
    left -= k;
    if (left == 0) {
        panel += panel + BAND_PANELS < end ? BAND_PANELS : 0;
        left = s->g->x.k;
    }
    for (int p = 0; p < BAND_PANELS; p++)
        s->next[p] = band_block(s->g, dtype, panel + (panel + p < end ? p : 0), s->g->x.k - left);
    k = left < s->step ? left : s->step;
    s->next_bytes = k / word_block(dtype) * word_bytes(dtype);
    s->next_share = (s->next_bytes / groups + LINE) / LINE * LINE;
}

/* k of a band: as few bands as can be, of whole blocks, as even as can be. */
SIMD_INLINE int64_t band_length(const struct blocks *g, enum dtype dtype) {
    const int64_t k = g->x.k, block = word_block(dtype), bands = (k + g->band - 1) / g->band;
    return (k / block + bands - 1) / bands * block;
}

/* Panels begin ≤ p < end, of a dtype that is a constant. */
SIMD_INLINE void band_panels(const struct blocks *g, enum dtype dtype, int64_t begin, int64_t end) {
    struct band s = {.g = g, .step = band_length(g, dtype)};
#if SIMD_TILES
    tiles_open(QUANTISE_ROWS, PANEL_ROWS, word_width(dtype));
#endif
    for (s.panel = begin; s.panel < end; s.panel += BAND_PANELS)
        for (s.k = 0; s.k < g->x.k; s.k += s.step) {
            band_set(&s, dtype, end);
            for (int p = 0; p < (s.is_whole ? BAND_PANELS : 1); p++)
                band_unpack(&s, dtype, p);
            band_rows(&s, dtype);
        }
#if SIMD_TILES
    tiles_close();
#endif
}
