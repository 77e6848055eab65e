/* SPDX-License-Identifier: Apache-2.0 */
/* blocks_word: what lies in a block of a panel, one sub-block of 32 (or 16) of k after the other:
 * its words of bytes, ready for a product, and its scales. dtype, sub-block and word are constants
 * wherever these are inlined. */
#pragma once

#include "engine/backend/native/panel.h"
#include "engine/backend/native/simd/simd.h"

enum { HALVES = PANEL_ROWS / VL /* vectors of a panel */ };

/* Numbers of k in a block and in a sub-block, bytes of a block of a panel. */
SIMD_INLINE int word_block(enum dtype dtype) {
    return dtype == DTYPE_Q8_0 || dtype == DTYPE_Q4_0 ? 32 : 256;
}
SIMD_INLINE int word_width(enum dtype dtype) {
    return dtype == DTYPE_Q6_K ? 16 : 32;
}
SIMD_INLINE int word_bytes(enum dtype dtype) {
    return PANEL_ROWS * (dtype == DTYPE_Q8_0   ? 34
                         : dtype == DTYPE_Q4_0 ? 18
                         : dtype == DTYPE_Q4_K ? 144
                                               : 210);
}
/* What is added to the signed bytes that are meant. */
SIMD_INLINE int word_offset(enum dtype dtype) {
    return dtype == DTYPE_Q8_0 ? VI_OFFSET : dtype == DTYPE_Q4_0 ? 8 : dtype == DTYPE_Q4_K ? 0 : 32;
}

SIMD_INLINE vi word_load(const char *block, struct panel_field f, int word, int h) {
    return vi_load(block + f.before * PANEL_ROWS + (word * PANEL_ROWS + h * VL) * 4);
}
SIMD_INLINE vf word_half(const char *block, struct panel_field f, int h) {
    return vf_f16((const uint16_t *)(const void *)(block + f.before * PANEL_ROWS) + h * VL);
}

SIMD_INLINE vi word_nibble(const char *block, struct panel_field f, int word, bool high, int h) {
    vi w = word_load(block, f, word, h);
    return vi_and(high ? vi_right(w, 4) : w, vi_set(0x0f0f0f0f));
}

/* Quarter q (32 of k apart) of half n: 4 bits of the low words and 2 of the high ones. */
SIMD_INLINE vi word_q6_k(const char *block, int sub, int j, int h) {
    int n = sub / 8, q = sub / 2 % 4, part = sub % 2;
    int low = n * 16 + q % 2 * 8 + part * 4 + j, high = n * 8 + part * 4 + j;
    vi x = word_load(block, (struct panel_field)PANEL_Q6_K_HIGH, high, h);
    x = q == 0 ? vi_left(x, 4) : q == 1 ? vi_left(x, 2) : q == 2 ? x : vi_right(x, 2);
    return vi_or(word_nibble(block, (struct panel_field)PANEL_Q6_K_LOW, low, q >= 2, h),
                 vi_and(x, vi_set(0x30303030)));
}

/* Word j of a sub-block: its k from 4j on, plus the offset. */
SIMD_INLINE vi word_of(const char *block, enum dtype dtype, int sub, int j, int h) {
    if (dtype == DTYPE_Q8_0)
        return word_load(block, (struct panel_field)PANEL_Q8_0_Q, j, h);
    if (dtype == DTYPE_Q4_0)
        return word_nibble(block, (struct panel_field)PANEL_Q4_0_Q, j % 4, j >= 4, h);
    if (dtype == DTYPE_Q4_K)
        return word_nibble(block, (struct panel_field)PANEL_Q4_K_Q, sub / 2 * 8 + j, sub % 2 != 0,
                           h);
    return word_q6_k(block, sub, j, h);
}

/* The six bits of a sub-block's scale, and of its minimum: those of four at once, so that what is
 * the same for them is worked out once. */
SIMD_INLINE void word_six_bits(const char *block, int sub, int h, vi *scale, vi *least) {
    vi low = word_load(block, (struct panel_field)PANEL_Q4_K_SCALES, 0, h);
    vi mid = word_load(block, (struct panel_field)PANEL_Q4_K_SCALES, 1, h);
    vi high = word_load(block, (struct panel_field)PANEL_Q4_K_SCALES, 2, h);
    vi six = vi_set(0x3f3f3f3f), four = vi_set(0x0f0f0f0f), upper = vi_set(0x30303030);
    vi scales = vi_and(low, six), leasts = vi_and(mid, six), byte = vi_set(255);
    if (sub >= 4) {
        scales = vi_or(vi_and(high, four), vi_and(vi_right(low, 2), upper));
        leasts = vi_or(vi_and(vi_right(high, 4), four), vi_and(vi_right(mid, 2), upper));
    }
    *scale = vi_and(vi_right(scales, sub % 4 * 8), byte);
    *least = vi_and(vi_right(leasts, sub % 4 * 8), byte);
}

/* The scale of a sub-block: what its bytes less the offset are multiplied by. */
SIMD_INLINE vf word_scale(const char *block, enum dtype dtype, int sub, int h) {
    if (dtype == DTYPE_Q8_0)
        return word_half(block, (struct panel_field)PANEL_Q8_0_D, h);
    if (dtype == DTYPE_Q4_0)
        return word_half(block, (struct panel_field)PANEL_Q4_0_D, h);
    if (dtype == DTYPE_Q4_K) {
        vi scale, least;
        word_six_bits(block, sub, h, &scale, &least);
        return vf_mul(vi_float(scale), word_half(block, (struct panel_field)PANEL_Q4_K_D, h));
    }
    vi word = word_load(block, (struct panel_field)PANEL_Q6_K_SCALES, sub / 4, h);
    word = vi_right_signed(vi_left(word, 24 - sub % 4 * 8), 24);
    return vf_mul(vi_float(word), word_half(block, (struct panel_field)PANEL_Q6_K_D, h));
}

/* Q4_K: x = scale·q - least, of which the second part is the same for all q of a sub-block. */
SIMD_INLINE vf word_least(const char *block, int sub, int h) {
    vi scale, least;
    word_six_bits(block, sub, h, &scale, &least);
    return vf_mul(vi_float(least), word_half(block, (struct panel_field)PANEL_Q4_K_MIN, h));
}
