/* SPDX-License-Identifier: Apache-2.0 */
/* tile: the innermost product: a few broadcast numbers against a panel that lies in the lanes. */
#pragma once

#include "engine/backend/native/simd/simd.h"

enum {
    PANEL = 2 * VL,                       /* columns side by side */
    TILE_ROWS = REGISTERS >= 32 ? 12 : 6, /* rows whose sums stay in registers */
    TILE_FEW = TILE_ROWS / 3,
};

/* Where a tile's operands lie, in floats. */
struct tile {
    const float *w; /* w[r][k] at r·w_row + k·w_k */
    int64_t w_row, w_k;
    const float *x; /* [k][PANEL] */
    float *c;       /* c[r][PANEL] at r·c_row */
    int64_t c_row, k;
};

/* sum + w·x, of numbers or of pairs of bf16. */
SIMD_INLINE vf tile_step(vf w, vf x, vf sum, bool pairs) {
#if VF_PAIRS
    if (pairs)
        return vf_pairs(sum, vf_bits(w), vf_bits(x));
#else
    (void)pairs;
#endif
    return vf_fma(w, x, sum);
}

/* c = c + w·x, or w·x when first. rows and halves (of the panel: 1 or 2) are constants, and so is
 * pairs: a number of w and of x then stands for two of bf16. */
SIMD_INLINE void tile_multiply(const struct tile *t, bool first, int rows, int halves, bool pairs) {
    vf sum[TILE_ROWS][2];
    const float *x = t->x;
    UNROLL(12)
    for (int r = 0; r < rows; r++)
        for (int h = 0; h < halves; h++)
            sum[r][h] = first ? vf_zero() : vf_load(t->c + r * t->c_row + h * VL);
    for (int64_t i = 0; i < t->k; i++, x += PANEL) {
        vf a = vf_load(x), b = halves > 1 ? vf_load(x + VL) : a;
        UNROLL(12)
        for (int r = 0; r < rows; r++) {
            vf weight = vf_set(t->w[r * t->w_row + i * t->w_k]);
            sum[r][0] = tile_step(weight, a, sum[r][0], pairs);
            if (halves > 1)
                sum[r][1] = tile_step(weight, b, sum[r][1], pairs);
        }
    }
    UNROLL(12)
    for (int r = 0; r < rows; r++)
        for (int h = 0; h < halves; h++)
            vf_store(t->c + r * t->c_row + h * VL, sum[r][h]);
}
