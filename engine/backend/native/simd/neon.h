/* SPDX-License-Identifier: Apache-2.0 */
/* neon: 4 lanes, 32 registers, FMA and conversions of f16: any aarch64. The levels above add the
 * dot of int8, then that of unsigned with signed bytes and the one of bf16. */
#pragma once

#include "engine/backend/native/simd/base.h"

#if defined(__ARM_NEON)
#include <arm_neon.h>

enum { VL = 4, REGISTERS = 32 };
#define VF_FUSED 1

typedef float32x4_t vf;
typedef int32x4_t vi;

SIMD_INLINE vf vf_zero(void) {
    return vdupq_n_f32(0);
}
SIMD_INLINE vf vf_set(float x) {
    return vdupq_n_f32(x);
}
SIMD_INLINE vf vf_load(const float *p) {
    return vld1q_f32(p);
}
SIMD_INLINE vf vf_load_n(const float *p, int64_t n) {
    float v[VL] = {0};
    if (n >= VL)
        return vf_load(p);
    memcpy(v, p, sizeof(v[0]) * (size_t)n);
    return vld1q_f32(v);
}
SIMD_INLINE void vf_store(float *p, vf v) {
    vst1q_f32(p, v);
}
SIMD_INLINE void vf_store_n(float *p, vf v, int64_t n) {
    if (n >= VL)
        vf_store(p, v);
    else
        memcpy(p, &v, sizeof(float) * (size_t)n);
}
SIMD_INLINE vf vf_fma(vf a, vf b, vf c) {
    return vfmaq_f32(c, a, b);
}
SIMD_INLINE vf vf_add(vf a, vf b) {
    return vaddq_f32(a, b);
}
SIMD_INLINE vf vf_sub(vf a, vf b) {
    return vsubq_f32(a, b);
}
SIMD_INLINE vf vf_mul(vf a, vf b) {
    return vmulq_f32(a, b);
}
SIMD_INLINE vf vf_div(vf a, vf b) {
    return vdivq_f32(a, b);
}
/* The second operand where either is a NaN, which vmaxq and vminq would spread. */
SIMD_INLINE vf vf_max(vf a, vf b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
SIMD_INLINE vf vf_max_bits(vf a, vf b) {
    return vreinterpretq_f32_s32(vmaxq_s32(vreinterpretq_s32_f32(a), vreinterpretq_s32_f32(b)));
}
SIMD_INLINE vf vf_min(vf a, vf b) {
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
SIMD_INLINE vf vf_abs(vf a) {
    return vabsq_f32(a);
}
SIMD_INLINE vf vf_round(vf a) {
    return vrndnq_f32(a);
}
SIMD_INLINE float vf_sum(vf v) {
    return vaddvq_f32(v);
}
SIMD_INLINE float vf_largest(vf v) {
    return vmaxvq_f32(v);
}
/* a < b ? yes : no */
SIMD_INLINE vf vf_select_less(vf a, vf b, vf yes, vf no) {
    return vbslq_f32(vcltq_f32(a, b), yes, no);
}
/* x where it is a NaN, else v */
SIMD_INLINE vf vf_select_nan(vf x, vf v) {
    return vbslq_f32(vceqq_f32(x, x), v, x);
}
/* 2^n for whole -127 ≤ n ≤ 127 */
SIMD_INLINE vf vf_power2(vf n) {
    return vreinterpretq_f32_s32(
        vshlq_n_s32(vreinterpretq_s32_f32(vaddq_f32(n, vdupq_n_f32(POWER2))), 23));
}

SIMD_INLINE vf vf_bf16(const uint16_t *p) {
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}
SIMD_INLINE vf vf_f16(const uint16_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
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
    return vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(x)));
}
SIMD_INLINE vf vf_i8(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof(four));
    int16x8_t wide = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
}
SIMD_INLINE void vf_to_f16(uint16_t *p, vf v) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v)));
}
/* The bf16 of even and of odd places among 2·VL. */
SIMD_INLINE vf vf_bf16_even(vi pairs) {
    return vreinterpretq_f32_s32(vshlq_n_s32(pairs, 16));
}
SIMD_INLINE vf vf_bf16_odd(vi pairs) {
    return vreinterpretq_f32_s32(vandq_s32(pairs, vdupq_n_s32(-65536)));
}

SIMD_INLINE vi vi_load(const void *p) {
    return vreinterpretq_s32_u8(vld1q_u8(p));
}
SIMD_INLINE void vi_store(void *p, vi v) {
    vst1q_u8(p, vreinterpretq_u8_s32(v));
}
SIMD_INLINE vi vi_set(int32_t x) {
    return vdupq_n_s32(x);
}
SIMD_INLINE vi vi_and(vi a, vi b) {
    return vandq_s32(a, b);
}
SIMD_INLINE vi vi_or(vi a, vi b) {
    return vorrq_s32(a, b);
}
SIMD_INLINE vi vi_add(vi a, vi b) {
    return vaddq_s32(a, b);
}
SIMD_INLINE vi vi_mul(vi a, vi b) {
    return vmulq_s32(a, b);
}
/* Operators, because the intrinsics take no shift by 0. */
#define vi_right(v, bits)        ((vi)((uint32x4_t)(v) >> (uint32_t)(bits))) /* zeros come in */
#define vi_left(v, bits)         ((vi)((uint32x4_t)(v) << (uint32_t)(bits)))
#define vi_right_signed(v, bits) ((v) >> (bits))
SIMD_INLINE vf vi_float(vi v) {
    return vcvtq_f32_s32(v);
}
SIMD_INLINE vi vf_int(vf v) { /* to the nearest, ties to even */
    return vcvtnq_s32_f32(v);
}
SIMD_INLINE void vi_store_bytes(int8_t *p, vi v) { /* each lane's low byte, saturated */
    int16x4_t half = vqmovn_s32(v);
    int8x8_t bytes = vqmovn_s16(vcombine_s16(half, half));
    memcpy(p, &bytes, VL);
}

#if defined(__ARM_FEATURE_MATMUL_INT8)
enum { VI_OFFSET = 128 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    return vusdotq_s32(c, vreinterpretq_u8_s32(u), vreinterpretq_s8_s32(s));
}
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    return vi_dot(c, u, s);
}
#else
enum { VI_OFFSET = 0 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    int8x16_t a = vreinterpretq_s8_s32(u), b = vreinterpretq_s8_s32(s);
#if defined(__ARM_FEATURE_DOTPROD)
    return vdotq_s32(c, a, b);
#else
    int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b)), high = vmull_high_s8(a, b);
    return vaddq_s32(c, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
#endif
}
/* Both operands are signed here: u - 128. */
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    return vi_dot(c, veorq_s32(u, vdupq_n_s32((int32_t)0x80808080)), s);
}
#endif

#if defined(__ARM_FEATURE_BF16)
#define VF_PAIRS 1
SIMD_INLINE vf vf_pairs(vf c, vi a, vi b) {
    return vbfdotq_f32(c, vreinterpretq_bf16_s32(a), vreinterpretq_bf16_s32(b));
}
#else
#define VF_PAIRS 0
#endif

/* rows[i] becomes column i of the 4 × 4 floats. */
SIMD_INLINE void vf_transpose(vf rows[VL]) {
    float32x4x2_t even = vzipq_f32(rows[0], rows[2]), odd = vzipq_f32(rows[1], rows[3]);
    float32x4x2_t low = vzipq_f32(even.val[0], odd.val[0]);
    float32x4x2_t high = vzipq_f32(even.val[1], odd.val[1]);
    rows[0] = low.val[0];
    rows[1] = low.val[1];
    rows[2] = high.val[0];
    rows[3] = high.val[1];
}

/* Lane i is the sum of v[i]. */
SIMD_INLINE vf vf_sums(vf v[VL]) {
    return vpaddq_f32(vpaddq_f32(v[0], v[1]), vpaddq_f32(v[2], v[3]));
}
#endif
