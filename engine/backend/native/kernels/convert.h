/* SPDX-License-Identifier: Apache-2.0 */
/* convert: rows of f32, f16, bf16 and q8_0 to f32 and back. */
#pragma once

#include "engine/backend/native/simd/simd.h"
#include "engine/tensor/quant.h"

/* VL numbers of a block from i on: d · q is exact in f32. */
SIMD_INLINE vf convert_q8_0(const struct quant_q8_0 *from, int64_t i) {
    return vf_mul(vf_i8(from->q + i), vf_set_f16(from->d));
}

/* n numbers, whole blocks of q8_0. */
SIMD_INLINE void convert_widen_q8_0(float *out, const struct quant_q8_0 *from, int64_t n) {
    for (int64_t at = 0; at < n; at += 32, from++)
        UNROLL(8)
    for (int i = 0; i < 32; i += VL)
        vf_store(out + at + i, convert_q8_0(from, i));
}

/* n numbers, exactly; of blocks q8_0 only. */
SIMD_INLINE void convert_widen(float *out, const void *from, enum dtype dtype, int64_t n) {
    const float *whole = from;
    const uint16_t *half = from;
    int64_t i = 0;
    if (dtype == DTYPE_F32) { /* memcpy() takes twice as long for a row */
        for (; i + VL <= n; i += VL)
            vf_store(out + i, vf_load(whole + i));
        if (i < n)
            vf_store_n(out + i, vf_load_n(whole + i, n - i), n - i);
    } else if (dtype == DTYPE_Q8_0) {
        convert_widen_q8_0(out, from, n);
    } else if (dtype == DTYPE_BF16) {
        for (; i + VL <= n; i += VL)
            vf_store(out + i, vf_bf16(half + i));
        if (i < n)
            vf_store_n(out + i, vf_bf16_n(half + i, n - i), n - i);
    } else {
        for (; i + VL <= n; i += VL)
            vf_store(out + i, vf_f16(half + i));
        if (i < n)
            vf_store_n(out + i, vf_f16_n(half + i, n - i), n - i);
    }
}

/* n ≤ VL numbers, zeros behind. */
SIMD_INLINE vf convert_load(const void *from, enum dtype dtype, int64_t at, int64_t n) {
    const uint16_t *half = from;
    if (dtype == DTYPE_F32)
        return vf_load_n((const float *)from + at, n);
    return dtype == DTYPE_BF16 ? vf_bf16_n(half + at, n) : vf_f16_n(half + at, n);
}

SIMD_INLINE void convert_to_f16(uint16_t *out, const float *from, int64_t n) {
    int64_t i = 0;
    for (; i + VL <= n; i += VL)
        vf_to_f16(out + i, vf_load(from + i));
    for (; i < n; i++)
        out[i] = dtype_to_f16(from[i]);
}

SIMD_INLINE void convert_to_bf16(uint16_t *out, const float *from, int64_t n) {
    int64_t i = 0;
#if VF_PAIRS
    for (; i + VL <= n; i += VL)
        vf_to_bf16(out + i, vf_load(from + i));
#endif
    for (; i < n; i++)
        out[i] = dtype_to_bf16(from[i]);
}
