/* SPDX-License-Identifier: Apache-2.0 */
/* avx512: 16 lanes, 32 registers. The levels above add VNNI, BF16 and FP16 instructions. */
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>

#include "engine/backend/native/simd/base.h"

enum { VL = 16, REGISTERS = 32 };
#define VF_FUSED 1

typedef __m512 vf;
typedef __m512i vi;

SIMD_INLINE __mmask16 simd_first(int64_t n) {
    return (__mmask16)(n >= VL ? 0xffffu : (1u << n) - 1u);
}

SIMD_INLINE vf vf_zero(void) {
    return _mm512_setzero_ps();
}
SIMD_INLINE vf vf_set(float x) {
    return _mm512_set1_ps(x);
}
SIMD_INLINE vf vf_load(const float *p) {
    return _mm512_loadu_ps(p);
}
SIMD_INLINE vf vf_load_n(const float *p, int64_t n) {
    return n >= VL ? vf_load(p) : _mm512_maskz_loadu_ps(simd_first(n), p);
}
SIMD_INLINE void vf_store(float *p, vf v) {
    _mm512_storeu_ps(p, v);
}
SIMD_INLINE void vf_store_n(float *p, vf v, int64_t n) {
    if (n >= VL)
        vf_store(p, v);
    else
        _mm512_mask_storeu_ps(p, simd_first(n), v);
}
SIMD_INLINE vf vf_fma(vf a, vf b, vf c) {
    return _mm512_fmadd_ps(a, b, c);
}
SIMD_INLINE vf vf_add(vf a, vf b) {
    return _mm512_add_ps(a, b);
}
SIMD_INLINE vf vf_sub(vf a, vf b) {
    return _mm512_sub_ps(a, b);
}
SIMD_INLINE vf vf_mul(vf a, vf b) {
    return _mm512_mul_ps(a, b);
}
SIMD_INLINE vf vf_div(vf a, vf b) {
    return _mm512_div_ps(a, b);
}
/* The second operand where either is a NaN. */
SIMD_INLINE vf vf_max(vf a, vf b) {
    return _mm512_max_ps(a, b);
}
SIMD_INLINE vf vf_max_bits(vf a, vf b) {
    return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
SIMD_INLINE vf vf_min(vf a, vf b) {
    return _mm512_min_ps(a, b);
}
SIMD_INLINE vf vf_abs(vf a) {
    return _mm512_abs_ps(a);
}
SIMD_INLINE vf vf_round(vf a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
SIMD_INLINE float vf_sum(vf v) {
    return _mm512_reduce_add_ps(v);
}
SIMD_INLINE float vf_largest(vf v) {
    return _mm512_reduce_max_ps(v);
}
/* a < b ? yes : no */
SIMD_INLINE vf vf_select_less(vf a, vf b, vf yes, vf no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
/* x where it is a NaN, else v */
SIMD_INLINE vf vf_select_nan(vf x, vf v) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), v, x);
}
/* 2^n for whole -127 ≤ n ≤ 127 */
SIMD_INLINE vf vf_power2(vf n) {
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_castps_si512(_mm512_add_ps(n, _mm512_set1_ps(POWER2))), 23));
}

SIMD_INLINE vf vf_bf16(const uint16_t *p) {
    __m256i h = _mm256_loadu_si256((const void *)p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}
SIMD_INLINE vf vf_bf16_n(const uint16_t *p, int64_t n) {
    __m256i h = _mm256_maskz_loadu_epi16(simd_first(n), p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}
SIMD_INLINE vf vf_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)p));
}
SIMD_INLINE vf vf_f16_n(const uint16_t *p, int64_t n) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(simd_first(n), p));
}
SIMD_INLINE vf vf_set_f16(uint16_t x) {
    return _mm512_cvtph_ps(_mm256_set1_epi16((short)x));
}
SIMD_INLINE vf vf_i8(const int8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)p)));
}
SIMD_INLINE void vf_to_f16(uint16_t *p, vf v) {
    _mm256_storeu_si256((void *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
/* The bf16 of even and of odd places among 2·VL. */
SIMD_INLINE vf vf_bf16_even(vi pairs) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
}
SIMD_INLINE vf vf_bf16_odd(vi pairs) {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(-65536)));
}

SIMD_INLINE vi vi_load(const void *p) {
    return _mm512_loadu_si512(p);
}
SIMD_INLINE void vi_store(void *p, vi v) {
    _mm512_storeu_si512(p, v);
}
SIMD_INLINE vi vi_set(int32_t x) {
    return _mm512_set1_epi32(x);
}
SIMD_INLINE vi vi_and(vi a, vi b) {
    return _mm512_and_si512(a, b);
}
SIMD_INLINE vi vi_or(vi a, vi b) {
    return _mm512_or_si512(a, b);
}
SIMD_INLINE vi vi_add(vi a, vi b) {
    return _mm512_add_epi32(a, b);
}
SIMD_INLINE vi vi_mul(vi a, vi b) {
    return _mm512_mullo_epi32(a, b);
}
#define vi_right(v, bits)        _mm512_srli_epi32(v, bits) /* zeros come in */
#define vi_left(v, bits)         _mm512_slli_epi32(v, bits)
#define vi_right_signed(v, bits) _mm512_srai_epi32(v, bits)
SIMD_INLINE vf vi_float(vi v) {
    return _mm512_cvtepi32_ps(v);
}
SIMD_INLINE vi vf_int(vf v) { /* to the nearest, ties to even */
    return _mm512_cvtps_epi32(v);
}
SIMD_INLINE void vi_store_bytes(int8_t *p, vi v) { /* each lane's low byte, saturated */
    _mm_storeu_si128((void *)p, _mm512_cvtsepi32_epi8(v));
}

#if defined(__AVX512VNNI__)
enum { VI_OFFSET = 128 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    return _mm512_dpbusd_epi32(c, u, s);
}
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    return _mm512_dpbusd_epi32(c, u, s);
}
#else
enum { VI_OFFSET = 128 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    __m512i two = _mm512_maddubs_epi16(u, s);
    return _mm512_add_epi32(c, _mm512_madd_epi16(two, _mm512_set1_epi16(1)));
}
/* Even and odd bytes apart, since a sum of two products exceeds 16 bits. */
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    __m512i even = _mm512_and_si512(u, _mm512_set1_epi16(255)), odd = _mm512_srli_epi16(u, 8);
    __m512i s_even = _mm512_srai_epi16(_mm512_slli_epi16(s, 8), 8), s_odd = _mm512_srai_epi16(s, 8);
    c = _mm512_add_epi32(c, _mm512_madd_epi16(even, s_even));
    return _mm512_add_epi32(c, _mm512_madd_epi16(odd, s_odd));
}
#endif

#if defined(__AVX512BF16__)
#define VF_PAIRS 1
SIMD_INLINE vi vf_bits(vf v) {
    return _mm512_castps_si512(v);
}
SIMD_INLINE void vf_to_bf16(uint16_t *p, vf v) {
    _mm256_storeu_si256((void *)p, (__m256i)_mm512_cvtneps_pbh(v));
}
SIMD_INLINE vf vf_pairs(vf c, vi a, vi b) {
    return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b);
}
#else
#define VF_PAIRS 0
#endif

/* rows[i] becomes column i of the 16 × 16 floats. */
SIMD_INLINE void vf_transpose(vf rows[VL]) {
    vf t[VL];
    for (int i = 0; i < VL; i += 2) {
        t[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL; i += 4)
        for (int j = 0; j < 2; j++) {
            __m512d a = _mm512_castps_pd(t[i + j]), b = _mm512_castps_pd(t[i + j + 2]);
            rows[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            rows[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    for (int i = 0; i < VL; i += 8)
        for (int j = 0; j < 4; j++) {
            t[i + j] = _mm512_shuffle_f32x4(rows[i + j], rows[i + j + 4], 0x88);
            t[i + j + 4] = _mm512_shuffle_f32x4(rows[i + j], rows[i + j + 4], 0xdd);
        }
    for (int j = 0; j < 8; j++) {
        rows[j] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0x88);
        rows[j + 8] = _mm512_shuffle_f32x4(t[j], t[j + 8], 0xdd);
    }
}

/* Lane i is the sum of v[i]. */
SIMD_INLINE vf vf_sums(vf v[VL]) {
    for (int i = 0; i < 8; i++)
        v[i] = _mm512_add_ps(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]),
                             _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
    for (int i = 0; i < 4; i++) {
        __m512d a = _mm512_castps_pd(v[2 * i]), b = _mm512_castps_pd(v[2 * i + 1]);
        v[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                             _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    for (int i = 0; i < 2; i++)
        v[i] = _mm512_add_ps(_mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0x88),
                             _mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0xdd));
    return _mm512_add_ps(_mm512_shuffle_f32x4(v[0], v[1], 0x88),
                         _mm512_shuffle_f32x4(v[0], v[1], 0xdd));
}
#endif
