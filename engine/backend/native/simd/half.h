/* SPDX-License-Identifier: Apache-2.0 */
/* half: vectors of 2·VL f16 that are multiplied and added as such, where SIMD_HALVES.
 *
 *   vh_fma(a, b, c)      a·b + c, rounded to f16 once
 *   vh_low, vh_high(v)   the first and the last VL, widened exactly
 * With SIMD_EMULATED they are plain C, to the bit what the processor computes, so that kernels made
 * of them are tested where no processor has them. */
#pragma once

#include "engine/backend/native/simd/simd.h"

#if defined(__AVX512FP16__)
#define SIMD_HALVES 1
typedef __m512h vh;

SIMD_INLINE vh vh_load(const uint16_t *p) {
    return (vh)_mm512_loadu_si512(p);
}
SIMD_INLINE vh vh_set(uint16_t x) {
    return (vh)_mm512_set1_epi16((short)x);
}
SIMD_INLINE vh vh_fma(vh a, vh b, vh c) {
    return _mm512_fmadd_ph(a, b, c);
}
SIMD_INLINE vf vh_low(vh v) {
    return _mm512_cvtph_ps(_mm512_castsi512_si256((__m512i)v));
}
SIMD_INLINE vf vh_high(vh v) {
    return _mm512_cvtph_ps(_mm512_extracti64x4_epi64((__m512i)v, 1));
}
#elif defined(SIMD_EMULATED)
#define SIMD_HALVES 1
typedef struct {
    uint16_t at[2 * VL];
} vh;

SIMD_INLINE vh vh_load(const uint16_t *p) {
    vh v;
    memcpy(&v, p, sizeof(v));
    return v;
}
SIMD_INLINE vh vh_set(uint16_t x) {
    vh v;
    for (int i = 0; i < 2 * VL; i++)
        v.at[i] = x;
    return v;
}
/* The product has 22 bits and is exact. The sum is rounded to odd in 24: of the two floats around
 * it the one with an odd last bit, which rounds to f16 as the sum itself would (Boldo and
 * Melquiond, 2005). What the first rounding left is known exactly (Møller and Knuth's two-sum). */
SIMD_INLINE uint16_t half_fma(uint16_t a, uint16_t b, uint16_t c) {
    float product = dtype_from_f16(a) * dtype_from_f16(b), addend = dtype_from_f16(c);
    float sum = product + addend, of_addend = sum - product;
    float left = (product - (sum - of_addend)) + (addend - of_addend);
    uint32_t bits;
    memcpy(&bits, &sum, sizeof(bits));
    if (isfinite(sum) && left != 0 && (bits & 1) == 0)
        sum = nextafterf(sum, left > 0 ? INFINITY : -INFINITY);
    return dtype_to_f16(sum);
}
SIMD_INLINE vh vh_fma(vh a, vh b, vh c) {
    for (int i = 0; i < 2 * VL; i++)
        c.at[i] = half_fma(a.at[i], b.at[i], c.at[i]);
    return c;
}
SIMD_INLINE vf vh_low(vh v) {
    return vf_f16(v.at);
}
SIMD_INLINE vf vh_high(vh v) {
    return vf_f16(v.at + VL);
}
#else
#define SIMD_HALVES 0
#endif
