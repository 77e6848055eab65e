/* SPDX-License-Identifier: Apache-2.0 */
/* avx2: 8 lanes, 16 registers, FMA and F16C. The level above adds the VNNI dot. */
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>

#include "engine/backend/native/simd/base.h"

enum { VL = 8, REGISTERS = 16 };
#define VF_FUSED 1
#define VF_PAIRS 0

typedef __m256 vf;
typedef __m256i vi;

/* -1 in the first n lanes */
SIMD_INLINE __m256i simd_first(int64_t n) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n > VL ? VL : (int)n), lane);
}

SIMD_INLINE vf vf_zero(void) {
    return _mm256_setzero_ps();
}
SIMD_INLINE vf vf_set(float x) {
    return _mm256_set1_ps(x);
}
SIMD_INLINE vf vf_load(const float *p) {
    return _mm256_loadu_ps(p);
}
SIMD_INLINE vf vf_load_n(const float *p, int64_t n) {
    return n >= VL ? vf_load(p) : _mm256_maskload_ps(p, simd_first(n));
}
SIMD_INLINE void vf_store(float *p, vf v) {
    _mm256_storeu_ps(p, v);
}
SIMD_INLINE void vf_store_n(float *p, vf v, int64_t n) {
    if (n >= VL)
        vf_store(p, v);
    else
        _mm256_maskstore_ps(p, simd_first(n), v);
}
SIMD_INLINE vf vf_fma(vf a, vf b, vf c) {
    return _mm256_fmadd_ps(a, b, c);
}
SIMD_INLINE vf vf_add(vf a, vf b) {
    return _mm256_add_ps(a, b);
}
SIMD_INLINE vf vf_sub(vf a, vf b) {
    return _mm256_sub_ps(a, b);
}
SIMD_INLINE vf vf_mul(vf a, vf b) {
    return _mm256_mul_ps(a, b);
}
SIMD_INLINE vf vf_div(vf a, vf b) {
    return _mm256_div_ps(a, b);
}
/* The second operand where either is a NaN. */
SIMD_INLINE vf vf_max(vf a, vf b) {
    return _mm256_max_ps(a, b);
}
SIMD_INLINE vf vf_max_bits(vf a, vf b) {
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}
SIMD_INLINE vf vf_min(vf a, vf b) {
    return _mm256_min_ps(a, b);
}
SIMD_INLINE vf vf_abs(vf a) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
SIMD_INLINE vf vf_round(vf a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
SIMD_INLINE float vf_sum(vf v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
SIMD_INLINE float vf_largest(vf v) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}
/* a < b ? yes : no */
SIMD_INLINE vf vf_select_less(vf a, vf b, vf yes, vf no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
/* x where it is a NaN, else v */
SIMD_INLINE vf vf_select_nan(vf x, vf v) {
    return _mm256_blendv_ps(v, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
/* 2^n for whole -127 ≤ n ≤ 127 */
SIMD_INLINE vf vf_power2(vf n) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_castps_si256(_mm256_add_ps(n, _mm256_set1_ps(POWER2))), 23));
}

SIMD_INLINE vf vf_bf16(const uint16_t *p) {
    __m128i h = _mm_loadu_si128((const void *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}
SIMD_INLINE vf vf_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)p));
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
    return _mm256_cvtph_ps(_mm_set1_epi16((short)x));
}
SIMD_INLINE vf vf_i8(const int8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)p)));
}
SIMD_INLINE void vf_to_f16(uint16_t *p, vf v) {
    _mm_storeu_si128((void *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
/* The bf16 of even and of odd places among 2·VL. */
SIMD_INLINE vf vf_bf16_even(vi pairs) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
}
SIMD_INLINE vf vf_bf16_odd(vi pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(-65536)));
}

SIMD_INLINE vi vi_load(const void *p) {
    return _mm256_loadu_si256(p);
}
SIMD_INLINE void vi_store(void *p, vi v) {
    _mm256_storeu_si256(p, v);
}
SIMD_INLINE vi vi_set(int32_t x) {
    return _mm256_set1_epi32(x);
}
SIMD_INLINE vi vi_and(vi a, vi b) {
    return _mm256_and_si256(a, b);
}
SIMD_INLINE vi vi_or(vi a, vi b) {
    return _mm256_or_si256(a, b);
}
SIMD_INLINE vi vi_add(vi a, vi b) {
    return _mm256_add_epi32(a, b);
}
SIMD_INLINE vi vi_mul(vi a, vi b) {
    return _mm256_mullo_epi32(a, b);
}
#define vi_right(v, bits)        _mm256_srli_epi32(v, bits) /* zeros come in */
#define vi_left(v, bits)         _mm256_slli_epi32(v, bits)
#define vi_right_signed(v, bits) _mm256_srai_epi32(v, bits)
SIMD_INLINE vf vi_float(vi v) {
    return _mm256_cvtepi32_ps(v);
}
SIMD_INLINE vi vf_int(vf v) { /* to the nearest, ties to even */
    return _mm256_cvtps_epi32(v);
}
SIMD_INLINE void vi_store_bytes(int8_t *p, vi v) { /* each lane's low byte, saturated */
    __m128i half = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((void *)p, _mm_packs_epi16(half, half));
}

#if defined(__AVXVNNI__)
enum { VI_OFFSET = 128 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    return _mm256_dpbusd_avx_epi32(c, u, s);
}
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    return _mm256_dpbusd_avx_epi32(c, u, s);
}
#else
enum { VI_OFFSET = 0 };
SIMD_INLINE vi vi_dot(vi c, vi u, vi s) {
    __m256i two = _mm256_maddubs_epi16(u, s);
    return _mm256_add_epi32(c, _mm256_madd_epi16(two, _mm256_set1_epi16(1)));
}
/* |u - 128| with the sign moved to s: two such products fit in 16 bits but for 128 · 127 · 2, and
 * no q8 block holds a -128. */
SIMD_INLINE vi vi_dot_wide(vi c, vi u, vi s) {
    __m256i w = _mm256_xor_si256(u, _mm256_set1_epi8(-128));
    return vi_dot(c, _mm256_abs_epi8(w), _mm256_sign_epi8(s, w));
}
#endif

/* rows[i] becomes column i of the 8 × 8 floats. */
SIMD_INLINE void vf_transpose(vf rows[VL]) {
    vf t[VL];
    for (int i = 0; i < VL; i += 2) {
        t[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL; i += 4)
        for (int j = 0; j < 2; j++) {
            rows[i + 2 * j] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0x44);
            rows[i + 2 * j + 1] = _mm256_shuffle_ps(t[i + j], t[i + j + 2], 0xee);
        }
    for (int j = 0; j < 4; j++) {
        t[j] = _mm256_permute2f128_ps(rows[j], rows[j + 4], 0x20);
        t[j + 4] = _mm256_permute2f128_ps(rows[j], rows[j + 4], 0x31);
    }
    for (int j = 0; j < VL; j++)
        rows[j] = t[j];
}

/* Lane i is the sum of v[i]. */
SIMD_INLINE vf vf_sums(vf v[VL]) {
    vf a = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
    vf b = _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]), _mm256_hadd_ps(v[6], v[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}
#endif
