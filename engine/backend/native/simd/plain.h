/* SPDX-License-Identifier: Apache-2.0 */
/* plain: 4 lanes in the compiler's own vectors: any x86-64, and any other machine. */
#pragma once

#include "engine/backend/native/simd/base.h"

enum { VL = 4, REGISTERS = 16 };
#define VF_FUSED 0
#define VF_PAIRS 0

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));

SIMD_INLINE vf vf_set(float x) {
    return (vf){x, x, x, x};
}
SIMD_INLINE vf vf_zero(void) {
    return vf_set(0);
}
SIMD_INLINE vf vf_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof(v));
    return v;
}
SIMD_INLINE vf vf_load_n(const float *p, int64_t n) {
    vf v = vf_zero();
    if (n >= VL)
        return vf_load(p);
    memcpy(&v, p, sizeof(float) * (size_t)n);
    return v;
}
SIMD_INLINE void vf_store(float *p, vf v) {
    memcpy(p, &v, sizeof(v));
}
SIMD_INLINE void vf_store_n(float *p, vf v, int64_t n) {
    if (n >= VL)
        vf_store(p, v);
    else
        memcpy(p, &v, sizeof(float) * (size_t)n);
}
SIMD_INLINE vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}
SIMD_INLINE vf vf_add(vf a, vf b) {
    return a + b;
}
SIMD_INLINE vf vf_sub(vf a, vf b) {
    return a - b;
}
SIMD_INLINE vf vf_mul(vf a, vf b) {
    return a * b;
}
SIMD_INLINE vf vf_div(vf a, vf b) {
    return a / b;
}
SIMD_INLINE vf simd_blend(vi mask, vf yes, vf no) {
    return (vf)(((vi)yes & mask) | ((vi)no & ~mask));
}
/* The second operand where either is a NaN. */
SIMD_INLINE vf vf_max(vf a, vf b) {
    return simd_blend(a > b, a, b);
}
SIMD_INLINE vf vf_max_bits(vf a, vf b) {
    return simd_blend((vi)a > (vi)b, a, b);
}
SIMD_INLINE vf vf_min(vf a, vf b) {
    return simd_blend(a < b, a, b);
}
SIMD_INLINE vf vf_abs(vf a) {
    return (vf)((vi)a & (vi){INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX});
}
/* From 2^23 on a float has no fraction; below, adding 2^23 leaves no room for one. */
SIMD_INLINE vf vf_round(vf a) {
    vi sign = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN};
    vf size = vf_abs(a), whole = (size + vf_set(0x1p23f)) - vf_set(0x1p23f);
    return simd_blend(size < vf_set(0x1p23f), (vf)((vi)whole | ((vi)a & sign)), a);
}
SIMD_INLINE float vf_sum(vf v) {
    return (v[0] + v[2]) + (v[1] + v[3]);
}
SIMD_INLINE float vf_largest(vf v) {
    float a = v[0] > v[1] ? v[0] : v[1], b = v[2] > v[3] ? v[2] : v[3];
    return a > b ? a : b;
}
/* a < b ? yes : no */
SIMD_INLINE vf vf_select_less(vf a, vf b, vf yes, vf no) {
    return simd_blend(a < b, yes, no);
}
/* x where it is a NaN, else v */
SIMD_INLINE vf vf_select_nan(vf x, vf v) {
    vi is_nan = (vi)vf_abs(x) > 0x7f800000;
    return simd_blend(is_nan, x, v);
}
SIMD_INLINE vi vf_int(vf v) { /* to the nearest, ties to even */
    return __builtin_convertvector(vf_round(v), vi);
}
/* 2^n for whole -127 ≤ n ≤ 127 */
SIMD_INLINE vf vf_power2(vf n) {
    return (vf)((vi)(n + POWER2) << 23);
}

SIMD_INLINE vf vf_bf16(const uint16_t *p) {
    return (vf){dtype_from_bf16(p[0]), dtype_from_bf16(p[1]), dtype_from_bf16(p[2]),
                dtype_from_bf16(p[3])};
}
SIMD_INLINE vf vf_f16(const uint16_t *p) {
    return (vf){dtype_from_f16(p[0]), dtype_from_f16(p[1]), dtype_from_f16(p[2]),
                dtype_from_f16(p[3])};
}
SIMD_INLINE vf vf_bf16_n(const uint16_t *p, int64_t n) {
    uint16_t h[VL] = {0};
    memcpy(h, p, sizeof(h[0]) * (size_t)(n < VL ? n : VL));
    return vf_bf16(h);
}
SIMD_INLINE vf vf_f16_n(const uint16_t *p, int64_t n) {
    uint16_t h[VL] = {0};
    memcpy(h, p, sizeof(h[0]) * (size_t)(n < VL ? n : VL));
    return vf_f16(h);
}
SIMD_INLINE vf vf_set_f16(uint16_t x) {
    return vf_set(dtype_from_f16(x));
}
SIMD_INLINE vf vf_i8(const int8_t *p) {
    return (vf){(float)p[0], (float)p[1], (float)p[2], (float)p[3]};
}
SIMD_INLINE void vf_to_f16(uint16_t *p, vf v) {
    for (int i = 0; i < VL; i++)
        p[i] = dtype_to_f16(v[i]);
}
/* The bf16 of even and of odd places among 2·VL. */
SIMD_INLINE vf vf_bf16_even(vi pairs) {
    return (vf)(pairs << 16);
}
SIMD_INLINE vf vf_bf16_odd(vi pairs) {
    return (vf)(pairs & -65536);
}

SIMD_INLINE vi vi_load(const void *p) {
    vi v;
    memcpy(&v, p, sizeof(v));
    return v;
}
SIMD_INLINE void vi_store(void *p, vi v) {
    memcpy(p, &v, sizeof(v));
}
SIMD_INLINE vi vi_set(int32_t x) {
    return (vi){x, x, x, x};
}
SIMD_INLINE vi vi_and(vi a, vi b) {
    return a & b;
}
SIMD_INLINE vi vi_or(vi a, vi b) {
    return a | b;
}
SIMD_INLINE vi vi_add(vi a, vi b) {
    return a + b;
}
SIMD_INLINE vi vi_mul(vi a, vi b) {
    return a * b;
}
typedef uint32_t simd_unsigned __attribute__((vector_size(16)));
#define vi_right(v, bits)        ((vi)((simd_unsigned)(v) >> (bits))) /* zeros come in */
#define vi_left(v, bits)         ((vi)((simd_unsigned)(v) << (bits)))
#define vi_right_signed(v, bits) ((v) >> (bits))
SIMD_INLINE vf vi_float(vi v) {
    return __builtin_convertvector(v, vf);
}
SIMD_INLINE void vi_store_bytes(int8_t *p, vi v) { /* each lane's low byte, saturated */
    for (int i = 0; i < VL; i++)
        p[i] = (int8_t)(v[i] < -128 ? -128 : v[i] > 127 ? 127 : v[i]);
}

/* Byte by byte, each in a lane of its own. */
enum { VI_OFFSET = 128 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    for (int bit = 0; bit < 32; bit += 8) {
        vi byte = (vi)(((simd_unsigned)u >> bit) & 255u);
        c += byte * ((vi)((simd_unsigned)s << (24 - bit)) >> 24);
    }
    return c;
}
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    return vi_dot(c, u, s);
}

/* rows[i] becomes column i of the 4 × 4 floats. */
SIMD_INLINE void vf_transpose(vf rows[VL]) {
    vf a = rows[0], b = rows[1], c = rows[2], d = rows[3];
    rows[0] = (vf){a[0], b[0], c[0], d[0]};
    rows[1] = (vf){a[1], b[1], c[1], d[1]};
    rows[2] = (vf){a[2], b[2], c[2], d[2]};
    rows[3] = (vf){a[3], b[3], c[3], d[3]};
}

/* Lane i is the sum of v[i]. */
SIMD_INLINE vf vf_sums(vf v[VL]) {
    vf_transpose(v);
    return (v[0] + v[2]) + (v[1] + v[3]);
}
