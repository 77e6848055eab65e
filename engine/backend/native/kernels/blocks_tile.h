/* SPDX-License-Identifier: Apache-2.0 */
/* blocks_tile: the innermost product of a few panels with a few rows of x, one function a dtype.
 *
 * panels and rows are constants wherever these are inlined, so that all sums are registers. */
#pragma once

#include "engine/backend/native/kernels/blocks.h"
#include "engine/backend/native/panel.h"
#include "engine/backend/native/simd/simd.h"

enum {
    HALVES = PANEL_ROWS / VL, /* vectors of a panel */
    TILE_PANELS = 4,          /* at most */
    TILE_X = 6,               /* rows of x at most */
    LINE = 64,
    WORDS_OF_32 = 8, /* 32 bytes of k are eight words */
};

struct blocks_tile {
    const struct blocks *g;
    const char *block[TILE_PANELS]; /* the one in turn, of each panel */
    int64_t t0;                     /* first row of x */
    vf sum[TILE_PANELS][HALVES][TILE_X];
};

/* Integer sums of the 32 (or 16) k in turn. */
struct blocks_ints {
    vi at[TILE_PANELS][HALVES][TILE_X];
};

SIMD_INLINE vi tile_x(const struct blocks_tile *s, int t, int64_t k) {
    int32_t word;
    memcpy(&word, s->g->x.q + (s->t0 + t) * s->g->x.k + k, sizeof(word));
    return vi_set(word);
}

/* Sum of q over 32 (or 16) of k. */
SIMD_INLINE int32_t tile_sum(const struct blocks_tile *s, int t, int64_t k, int count) {
    const int32_t *sums = s->g->x.sums + (s->t0 + t) * (s->g->x.k / 16) + k / 16;
    return count == 32 ? sums[0] + sums[1] : sums[0];
}

SIMD_INLINE float tile_scale(const struct blocks_tile *s, int t, int64_t k) {
    return s->g->x.d[(s->t0 + t) * (s->g->x.k / QUANTISE_BLOCK) + k / QUANTISE_BLOCK];
}

SIMD_INLINE void tile_start(const struct blocks_tile *s, struct blocks_ints *i, int64_t k,
                            int count, int offset, int panels, int rows) {
    UNROLL(6)
    for (int t = 0; t < rows; t++) {
        vi start = vi_set(-offset * tile_sum(s, t, k, count));
        UNROLL(4)
        for (int p = 0; p < panels; p++)
            UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            i->at[p][h][t] = start;
    }
}

SIMD_INLINE const char *tile_field(const struct blocks_tile *s, int p, struct panel_field f) {
    return s->block[p] + f.before * PANEL_ROWS;
}

SIMD_INLINE const char *tile_word(const struct blocks_tile *s, int p, struct panel_field f,
                                  int word, int h) {
    return tile_field(s, p, f) + word * 4 * PANEL_ROWS + h * VL * 4;
}

/* sum += ints · (w_scale · x_scale) */
SIMD_INLINE void tile_add(struct blocks_tile *s, const struct blocks_ints *i,
                          vf scale[TILE_PANELS][HALVES], int64_t k, int panels, int rows) {
    UNROLL(6)
    for (int t = 0; t < rows; t++) {
        vf by = vf_set(tile_scale(s, t, k));
        UNROLL(4)
        for (int p = 0; p < panels; p++)
            UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            s->sum[p][h][t] =
                vf_fma(vi_float(i->at[p][h][t]), vf_mul(scale[p][h], by), s->sum[p][h][t]);
    }
}

SIMD_INLINE void tile_halves(const struct blocks_tile *s, vf out[TILE_PANELS][HALVES],
                             struct panel_field f, int panels) {
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        out[p][h] = vf_f16((const uint16_t *)(const void *)tile_field(s, p, f) + h * VL);
}

SIMD_INLINE void tile_q8_0(struct blocks_tile *s, int64_t k, int panels, int rows) {
    struct blocks_ints i;
    vf scale[TILE_PANELS][HALVES];
    tile_start(s, &i, k, 32, VI_OFFSET, panels, rows);
    UNROLL(8)
    for (int j = 0; j < WORDS_OF_32; j++)
        UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vi w = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q8_0_Q, j, h));
        UNROLL(6)
        for (int t = 0; t < rows; t++)
            i.at[p][h][t] = vi_dot_wide(i.at[p][h][t], w, tile_x(s, t, k + j * 4));
    }
    tile_halves(s, scale, (struct panel_field)PANEL_Q8_0_D, panels);
    tile_add(s, &i, scale, k, panels, rows);
}

/* Words j of the panel's field: their low nibbles are k + 4j, their high ones are `apart` on. */
SIMD_INLINE void tile_nibbles(const struct blocks_tile *s, struct blocks_ints *i,
                              struct panel_field f, int word, bool high, int64_t k, int panels,
                              int rows) {
    vi mask = vi_set(0x0f0f0f0f);
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vi w = vi_load(tile_word(s, p, f, word, h));
        w = vi_and(high ? vi_right(w, 4) : w, mask);
        UNROLL(6)
        for (int t = 0; t < rows; t++)
            i->at[p][h][t] = vi_dot(i->at[p][h][t], w, tile_x(s, t, k));
    }
}

SIMD_INLINE void tile_q4_0(struct blocks_tile *s, int64_t k, int panels, int rows) {
    struct blocks_ints i;
    vf scale[TILE_PANELS][HALVES];
    tile_start(s, &i, k, 32, 8, panels, rows);
    UNROLL(4)
    for (int j = 0; j < 4; j++) {
        tile_nibbles(s, &i, (struct panel_field)PANEL_Q4_0_Q, j, false, k + j * 4, panels, rows);
        tile_nibbles(s, &i, (struct panel_field)PANEL_Q4_0_Q, j, true, k + 16 + j * 4, panels,
                     rows);
    }
    tile_halves(s, scale, (struct panel_field)PANEL_Q4_0_D, panels);
    tile_add(s, &i, scale, k, panels, rows);
}

/* The six bits of sub-block b's scale, and of its minimum. */
SIMD_INLINE void tile_q4_k_scales(const struct blocks_tile *s, int p, int h, int b, vf *scale,
                                  vf *least) {
    vi low = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q4_K_SCALES, 0, h));
    vi mid = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q4_K_SCALES, 1, h));
    vi high = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q4_K_SCALES, 2, h));
    vi six = vi_set(63), four = vi_set(15), upper = vi_set(48);
    int bit = b % 4 * 8;
    if (b < 4) {
        *scale = vi_float(vi_and(vi_right(low, bit), six));
        *least = vi_float(vi_and(vi_right(mid, bit), six));
    } else {
        vi both = vi_right(high, bit);
        *scale =
            vi_float(vi_or(vi_and(both, four), vi_and(vi_right(vi_right(low, bit), 2), upper)));
        *least = vi_float(
            vi_or(vi_and(vi_right(both, 4), four), vi_and(vi_right(vi_right(mid, bit), 2), upper)));
    }
}

/* x = d·scale·q - min·least; the second part is the same for all 32 q. */
SIMD_INLINE void tile_q4_k_sub(struct blocks_tile *s, int b, int64_t k, int panels, int rows) {
    struct blocks_ints i;
    vf scale[TILE_PANELS][HALVES], d[TILE_PANELS][HALVES], m[TILE_PANELS][HALVES];
    tile_start(s, &i, k, 32, 0, panels, rows);
    UNROLL(8)
    for (int j = 0; j < WORDS_OF_32; j++)
        tile_nibbles(s, &i, (struct panel_field)PANEL_Q4_K_Q, b / 2 * WORDS_OF_32 + j, b % 2 != 0,
                     k + j * 4, panels, rows);
    tile_halves(s, d, (struct panel_field)PANEL_Q4_K_D, panels);
    tile_halves(s, m, (struct panel_field)PANEL_Q4_K_MIN, panels);
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vf least;
        tile_q4_k_scales(s, p, h, b, &scale[p][h], &least);
        scale[p][h] = vf_mul(scale[p][h], d[p][h]);
        least = vf_mul(least, m[p][h]);
        UNROLL(6)
        for (int t = 0; t < rows; t++) {
            float by = -tile_scale(s, t, k) * (float)tile_sum(s, t, k, 32);
            s->sum[p][h][t] = vf_fma(least, vf_set(by), s->sum[p][h][t]);
        }
    }
    tile_add(s, &i, scale, k, panels, rows);
}

SIMD_INLINE void tile_q4_k(struct blocks_tile *s, int64_t k, int panels, int rows) {
    UNROLL(8)
    for (int b = 0; b < 8; b++)
        tile_q4_k_sub(s, b, k + b * 32, panels, rows);
}

/* 16 k of quarter q (32 apart) of half n: 4 bits of the low words and 2 of the high ones. */
SIMD_INLINE void tile_q6_k_sub(struct blocks_tile *s, int n, int q, int part, int64_t k, int panels,
                               int rows) {
    vi nibble = vi_set(0x0f0f0f0f), two = vi_set(0x30303030);
    struct blocks_ints i;
    vf scale[TILE_PANELS][HALVES], d[TILE_PANELS][HALVES];
    tile_start(s, &i, k, 16, 32, panels, rows);
    UNROLL(4)
    for (int j = 0; j < 4; j++)
        UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        int low = n * 16 + q % 2 * 8 + part * 4 + j, high = n * 8 + part * 4 + j;
        vi w = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q6_K_LOW, low, h));
        vi x = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q6_K_HIGH, high, h));
        w = vi_and(q < 2 ? w : vi_right(w, 4), nibble);
        x = q == 0 ? vi_left(x, 4) : q == 1 ? vi_left(x, 2) : q == 2 ? x : vi_right(x, 2);
        w = vi_or(w, vi_and(x, two));
        UNROLL(6)
        for (int t = 0; t < rows; t++)
            i.at[p][h][t] = vi_dot(i.at[p][h][t], w, tile_x(s, t, k + j * 4));
    }
    tile_halves(s, d, (struct panel_field)PANEL_Q6_K_D, panels);
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        int at = n * 8 + q * 2 + part;
        vi word = vi_load(tile_word(s, p, (struct panel_field)PANEL_Q6_K_SCALES, at / 4, h));
        word = vi_right_signed(vi_left(word, 24 - at % 4 * 8), 24);
        scale[p][h] = vf_mul(vi_float(word), d[p][h]);
    }
    tile_add(s, &i, scale, k, panels, rows);
}

SIMD_INLINE void tile_q6_k(struct blocks_tile *s, int64_t k, int panels, int rows) {
    UNROLL(2)
    for (int n = 0; n < 2; n++)
        UNROLL(4)
    for (int q = 0; q < 4; q++)
        UNROLL(2)
    for (int part = 0; part < 2; part++)
        tile_q6_k_sub(s, n, q, part, k + n * 128 + q * 32 + part * 16, panels, rows);
}
