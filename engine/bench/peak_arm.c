/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/peak.h"

#if defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

#include "engine/bench/peak_loop.h"

/* Bits of AT_HWCAP and AT_HWCAP2, which older headers lack. */
enum { CAP_FP16 = 1 << 10, CAP_DOT = 1 << 20, CAP2_BF16 = 1 << 14 };

#define FMA_F32(s, x)  vfmaq_f32(s, x, x)
#define DOT_I8(s, x)   vdotq_s32(s, x, x)
#define DOT_BF16(s, x) vbfdotq_f32(s, x, x)
#define FMA_F16(s, x)  vfmaq_f16(s, x, x)

PEAK_LOOP(fma_f32, "arch=armv8-a", float32x4_t, float32x4_t, FMA_F32)
PEAK_LOOP(dot_i8, "arch=armv8.2-a+dotprod", int32x4_t, int8x16_t, DOT_I8)
PEAK_LOOP(dot_bf16, "arch=armv8.2-a+bf16", float32x4_t, bfloat16x8_t, DOT_BF16)
PEAK_LOOP(fma_f16, "arch=armv8.2-a+fp16", float16x8_t, float16x8_t, FMA_F16)

static bool always(void) {
    return true;
}
static bool has_dot(void) {
    return (getauxval(AT_HWCAP) & CAP_DOT) != 0;
}
static bool has_bf16(void) {
    return (getauxval(AT_HWCAP2) & CAP2_BF16) != 0;
}
static bool has_f16(void) {
    return (getauxval(AT_HWCAP) & CAP_FP16) != 0;
}

const struct peak_unit peak_arm[] = {
    {PEAK_F32,  "neon fmla",  PEAK_ROUND(4),  always,   fma_f32 },
    {PEAK_I8,   "neon sdot",  PEAK_ROUND(16), has_dot,  dot_i8  },
    {PEAK_BF16, "neon bfdot", PEAK_ROUND(8),  has_bf16, dot_bf16},
    {PEAK_F16,  "neon fmla",  PEAK_ROUND(8),  has_f16,  fma_f16 },
    PEAK_END_ROW,
};
#else
const struct peak_unit peak_arm[] = {PEAK_END_ROW};
#endif
