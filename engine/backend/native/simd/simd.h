/* SPDX-License-Identifier: Apache-2.0 */
/* simd: vectors of the level that this file is compiled for.
 *
 * Kernels are written once, in these terms, and compiled once per level (see isa.h). VL lanes of
 * f32; a block of int8 is VL groups of four bytes, so that one dot gives VL sums of four products.
 *
 *   vf               VL floats        vi               VL int32 (or 4·VL bytes)
 *   vf_load_n(p, n)  the first n of VL, zeros behind; vf_store_n() writes the first n only. Where
 *                    n ≥ VL that is all of them, by a plain instruction, which costs less
 *   vf_bf16, vf_f16  VL halves widened, exactly; … _n likewise; vf_set_f16(x) one, in all lanes
 *   vf_max_bits      the one whose bits are the larger integer: of numbers without a sign the
 *                    larger, a NaN before all
 *   vf_i8(p)         VL signed bytes as floats
 *   vf_fma(a, b, c)  a·b + c, rounded once where VF_FUSED, else twice
 *   vi_dot(c, u, s)  c[l] + Σ u[4l+i]·s[4l+i] over i = 0 … 3; 0 ≤ u ≤ 127, -127 ≤ s ≤ 127
 *   vi_dot_wide(…)   the same for 0 ≤ u ≤ 255, or with u - 128 instead of u: VI_OFFSET is what
 *                    has not been taken off
 *   vf_pairs(c, a, b) (VF_PAIRS only) c[l] + a[2l]·b[2l] + a[2l+1]·b[2l+1] of bf16, rounded as the
 *                    machine does
 * REGISTERS tells how many vectors a kernel may keep at once. */
#pragma once

#include <math.h>

#include "engine/backend/native/simd/base.h"

#if defined(__AVX512F__)
#include "engine/backend/native/simd/avx512.h"
#elif defined(__AVX2__)
#include "engine/backend/native/simd/avx2.h"
#elif defined(__ARM_NEON) && !defined(SIMD_PLAIN)
#include "engine/backend/native/simd/neon.h"
#else
#include "engine/backend/native/simd/plain.h"
#endif

/* Fetches a line into the second cache: what comes soon does not push out what is in use. To be
 * called by name: through a pointer, gcc 12 takes it for a function without effect. */
SIMD_INLINE void simd_prefetch(const void *p) {
    __builtin_prefetch(p, 0, 2);
}

/* Into the first cache: what is used next of a stream that is read once. */
SIMD_INLINE void simd_prefetch_near(const void *p) {
    __builtin_prefetch(p, 0, 3);
}

/* e^x for -86.9 ≤ x ≤ 89, infinity above 88.7; NaN stays.
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2, e^r by its Taylor polynomial of degree 7, whose halves do not
 * wait for each other: much of what this costs is waiting. */
SIMD_INLINE vf vf_exp_within(vf x) {
    vf n = vf_round(vf_mul(x, vf_set(0x1.715476p+0f)));
    vf r = vf_fma(n, vf_set(-0x1.62e4p-1f), x);
    r = vf_fma(n, vf_set(-0x1.7f7d1cp-20f), r);
    vf square = vf_mul(r, r);
    vf low = vf_fma(vf_fma(vf_set(1.0f / 6), r, vf_set(0.5f)), square, r);
    vf high = vf_fma(vf_fma(vf_set(1.0f / 5040), r, vf_set(1.0f / 720)), square,
                     vf_fma(vf_set(1.0f / 120), r, vf_set(1.0f / 24)));
    vf p = vf_add(vf_fma(high, vf_mul(square, square), low), vf_set(1));
    return vf_mul(vf_mul(p, vf_power2(vf_sub(n, vf_set(1)))), vf_set(2));
}

/* e^x, within 1.5 units in the last place; below -86.6 it is 0, above 88.7 infinity, NaN stays. */
SIMD_INLINE vf vf_exp(vf x) {
    vf p = vf_exp_within(vf_min(vf_set(89), vf_max(vf_set(-87), x)));
    return vf_select_less(x, vf_set(-86.6f), vf_zero(), p);
}

/* x / (1 + e^-x) */
SIMD_INLINE vf vf_silu(vf x) {
    return vf_div(x, vf_add(vf_set(1), vf_exp(vf_sub(vf_zero(), x))));
}

/* x · (1 + tanh u) / 2 = x / (1 + e^-2u), u = √(2/π) · (x + 0.044715 x³) */
SIMD_INLINE vf vf_gelu_tanh(vf x) {
    vf square = vf_mul(x, x);
    vf u = vf_mul(x, vf_fma(square, vf_set(0.044715f), vf_set(1)));
    return vf_div(x, vf_add(vf_set(1), vf_exp(vf_mul(u, vf_set(-0x1.988454p+0f)))));
}
