/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/peak.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#include "engine/bench/peak_loop.h"

#define HAS(feature)   (__builtin_cpu_supports(feature) != 0)

#define FMA_512(s, x)  _mm512_fmadd_ps(x, x, s)
#define FMA_256(s, x)  _mm256_fmadd_ps(x, x, s)
#define DOT_512(s, x)  _mm512_dpbusd_epi32(s, x, x)
#define DOT_256(s, x)  _mm256_dpbusd_avx_epi32(s, x, x)
#define BF16_512(s, x) _mm512_dpbf16_ps(s, x, x)

/* Spelled out, as not every compiler that we know has the type. The assemblers do. */
__attribute__((target("avx512f"), always_inline)) static inline __m512 f16_step(__m512 s,
                                                                                __m512 x) {
    __asm__("vfmadd231ph %1, %1, %0" : "+v"(s) : "v"(x));
    return s;
}

PEAK_LOOP(fma_512, "avx512f", __m512, __m512, FMA_512)
PEAK_LOOP(fma_256, "avx2,fma", __m256, __m256, FMA_256)
PEAK_LOOP(dot_512, "avx512f,avx512vnni", __m512i, __m512i, DOT_512)
PEAK_LOOP(dot_256, "avx2,avxvnni", __m256i, __m256i, DOT_256)
PEAK_LOOP(bf16_512, "avx512f,avx512bf16", __m512, __m512bh, BF16_512)
PEAK_LOOP(f16_512, "avx512f", __m512, __m512, f16_step)

/* Leaf 7 of cpuid, for what older compilers have no word for. The system's part, which is to save
 * the registers, is what the builtins ask. */
static bool leaf_7(unsigned sub, int reg, int bit) {
    unsigned r[4];
    return __get_cpuid_count(7, sub, &r[0], &r[1], &r[2], &r[3]) && (r[reg] >> bit & 1u);
}

static bool has_fma_512(void) {
    return HAS("avx512f");
}
static bool has_fma_256(void) {
    return HAS("avx2") && HAS("fma");
}
static bool has_dot_512(void) {
    return HAS("avx512f") && HAS("avx512vnni");
}
static bool has_dot_256(void) {
    return HAS("avx2") && leaf_7(1, 0, 4);
}
static bool has_bf16_512(void) {
    return HAS("avx512f") && HAS("avx512bf16");
}
static bool has_f16_512(void) {
    return HAS("avx512f") && leaf_7(0, 3, 23);
}

const struct peak_unit peak_x86[] = {
    {PEAK_F32,  "avx512 vfmadd231ps", PEAK_ROUND(16), has_fma_512,  fma_512 },
    {PEAK_F32,  "avx2 vfmadd231ps",   PEAK_ROUND(8),  has_fma_256,  fma_256 },
    {PEAK_I8,   "avx512 vpdpbusd",    PEAK_ROUND(64), has_dot_512,  dot_512 },
    {PEAK_I8,   "avx2 vpdpbusd",      PEAK_ROUND(32), has_dot_256,  dot_256 },
    {PEAK_BF16, "avx512 vdpbf16ps",   PEAK_ROUND(32), has_bf16_512, bf16_512},
    {PEAK_F16,  "avx512 vfmadd231ph", PEAK_ROUND(32), has_f16_512,  f16_512 },
    PEAK_END_ROW,
};
#else
const struct peak_unit peak_x86[] = {PEAK_END_ROW};
#endif
