/* SPDX-License-Identifier: Apache-2.0 */
/* tiles: products of whole tiles of numbers (AMX), where SIMD_TILES.
 *
 * Eight tiles, named by a literal number: 0 – 3 hold sums of 32 bits, [rows][columns]; 4 and 5 what
 * stands on the left, `rows` rows of `bytes` bytes of k; 6 and 7 what stands on the right,
 * [bytes / 4] rows of `columns` words, each four bytes (or two bf16) of neighbouring k.
 *
 *   tiles_open(rows, columns, bytes)   shapes them; rows and columns ≤ 16, bytes ≤ 64, whole words
 *   tiles_close()                gives the registers back to the system
 *   tiles_zero(t), tiles_load(t, p, stride), tiles_store(t, p, stride)   stride in bytes
 *   tiles_bytes(sum, left, right)  adds products of signed with unsigned bytes
 *   tiles_pairs(sum, left, right)  adds products of bf16, as the machine does: even and odd k in
 *                                  f32 each, then both to the sum; denormal numbers are zeros
 * With SIMD_EMULATED they are plain C with the same results. */
#pragma once

#include "engine/backend/native/simd/simd.h"

enum { TILES_ROWS = 16, TILES_BYTES = 64, TILES_COUNT = 8 };

/* As LDTILECFG reads it. */
struct tiles_shape {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16]; /* of a row */
    uint8_t rows[16];
};

SIMD_INLINE struct tiles_shape tiles_shape(int rows, int columns, int bytes) {
    struct tiles_shape s = {.palette = 1};
    for (int t = 0; t < TILES_COUNT; t++) {
        s.rows[t] = (uint8_t)(t < 6 ? rows : bytes / 4);
        s.bytes[t] = (uint16_t)(t == 4 || t == 5 ? bytes : columns * 4);
    }
    return s;
}

#if defined(__AMX_TILE__) && defined(__AMX_INT8__) && defined(__AMX_BF16__)
#define SIMD_TILES 1

/* Compilers are not told which memory a tile is loaded from. */
SIMD_INLINE void tiles_settle(void) {
    __asm__ volatile("" ::: "memory");
}
SIMD_INLINE void tiles_open(int rows, int columns, int bytes) {
    struct tiles_shape s = tiles_shape(rows, columns, bytes);
    tiles_settle();
    _tile_loadconfig(&s);
}
SIMD_INLINE void tiles_close(void) {
    _tile_release();
}
#define tiles_zero(t) _tile_zero(t)
#define tiles_load(t, p, stride)   \
    do {                           \
        tiles_settle();            \
        _tile_loadd(t, p, stride); \
    } while (0)
#define tiles_store(t, p, stride)   \
    do {                            \
        _tile_stored(t, p, stride); \
        tiles_settle();             \
    } while (0)
#define tiles_bytes(c, a, b) _tile_dpbsud(c, a, b)
#define tiles_pairs(c, a, b) _tile_dpbf16ps(c, a, b)
#elif defined(SIMD_EMULATED)
#define SIMD_TILES 1

struct tiles {
    struct tiles_shape shape;
    uint8_t at[TILES_COUNT][TILES_ROWS][TILES_BYTES];
};
static _Thread_local struct tiles tiles_state;

SIMD_INLINE void tiles_open(int rows, int columns, int bytes) {
    tiles_state = (struct tiles){.shape = tiles_shape(rows, columns, bytes)};
}
SIMD_INLINE void tiles_close(void) {
    tiles_state.shape.palette = 0;
}
SIMD_INLINE void tiles_zero(int t) {
    memset(tiles_state.at[t], 0, sizeof(tiles_state.at[t]));
}
SIMD_INLINE void tiles_load(int t, const void *p, int64_t stride) {
    struct tiles *s = &tiles_state;
    tiles_zero(t);
    for (int r = 0; r < s->shape.rows[t]; r++)
        memcpy(s->at[t][r], (const char *)p + r * stride, s->shape.bytes[t]);
}
SIMD_INLINE void tiles_store(int t, void *p, int64_t stride) {
    struct tiles *s = &tiles_state;
    for (int r = 0; r < s->shape.rows[t]; r++)
        memcpy((char *)p + r * stride, s->at[t][r], s->shape.bytes[t]);
}
SIMD_INLINE void tiles_bytes(int sum, int left, int right) {
    struct tiles *s = &tiles_state;
    for (int m = 0; m < s->shape.rows[sum]; m++)
        for (int n = 0; n < s->shape.bytes[sum] / 4; n++) {
            uint32_t c;
            memcpy(&c, s->at[sum][m] + n * 4, sizeof(c));
            for (int i = 0; i < s->shape.bytes[left]; i++)
                c += (uint32_t)((int8_t)s->at[left][m][i] * s->at[right][i / 4][n * 4 + i % 4]);
            memcpy(s->at[sum][m] + n * 4, &c, sizeof(c));
        }
}
/* A number below the normal ones is 0 with its sign. */
SIMD_INLINE float tiles_flush(float x) {
    return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x;
}
SIMD_INLINE float tiles_number(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof(h));
    return tiles_flush(dtype_from_bf16(h));
}
SIMD_INLINE void tiles_pairs(int sum, int left, int right) {
    struct tiles *s = &tiles_state;
    for (int m = 0; m < s->shape.rows[sum]; m++)
        for (int n = 0; n < s->shape.bytes[sum] / 4; n++) {
            float c, part[2] = {0, 0};
            for (int i = 0; i < s->shape.bytes[left] / 2; i++)
                part[i % 2] = tiles_flush(
                    fmaf(tiles_number(s->at[left][m] + i * 2),
                         tiles_number(s->at[right][i / 2] + n * 4 + i % 2 * 2), part[i % 2]));
            memcpy(&c, s->at[sum][m] + n * 4, sizeof(c));
            c = tiles_flush(tiles_flush(c) + tiles_flush(part[0] + part[1]));
            memcpy(s->at[sum][m] + n * 4, &c, sizeof(c));
        }
}
#else
#define SIMD_TILES 0
#endif
