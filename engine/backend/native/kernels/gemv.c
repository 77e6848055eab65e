/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/gemv.h"

/* How far ahead of its use a line is asked for: the processor's own prefetching gives up when
 * arithmetic stands between two loads. */
enum { AHEAD = 6 * 1024, ROWS = 4 };

void NATIVE(gemv_arrange)(float *out, const float *x, int64_t k, enum dtype w) {
    int64_t padded = gemv_arranged(k);
    if (w != DTYPE_BF16) {
        memcpy(out, x, (size_t)k * sizeof(float));
        memset(out + k, 0, (size_t)(padded - k) * sizeof(float));
        return;
    }
    for (int64_t i = 0; i < padded; i += GEMV_STEP)
        for (int64_t j = 0; j < GEMV_STEP; j++) {
            int64_t from = i + (j < VL ? 2 * j : 2 * (j - VL) + 1);
            out[i + j] = from < k ? x[from] : 0;
        }
}

/* GEMV_STEP numbers of a row, as two vectors in gemv_arrange()'s order. */
SIMD_INLINE void load(vf out[2], const char *row, int64_t k, enum dtype dtype) {
    if (dtype == DTYPE_F32) {
        out[0] = vf_load((const float *)(const void *)row + k);
        out[1] = vf_load((const float *)(const void *)row + k + VL);
    } else if (dtype == DTYPE_BF16) {
        vi pairs = vi_load(row + k * 2);
        out[0] = vf_bf16_even(pairs);
        out[1] = vf_bf16_odd(pairs);
    } else {
        out[0] = vf_f16((const uint16_t *)(const void *)row + k);
        out[1] = vf_f16((const uint16_t *)(const void *)row + k + VL);
    }
}

SIMD_INLINE void prefetch(const char *p, enum dtype dtype) {
    enum { LINE = 64 };
    int bytes = GEMV_STEP * (dtype == DTYPE_F32 ? 4 : 2);
    for (int i = 0; i < bytes; i += LINE)
        simd_prefetch(p + AHEAD + i);
}

/* rows × n sums, over whole steps and then over a copy of the rest with zeros behind it. */
SIMD_INLINE void multiply(const struct gemv *g, int64_t m, enum dtype dtype, int rows, int n) {
    const int64_t size = dtype == DTYPE_F32 ? 4 : 2, whole = g->k / GEMV_STEP * GEMV_STEP;
    const int64_t ld = gemv_arranged(g->k), pitch = g->w->stride[0] * size;
    const char *w = (const char *)g->w->data + m * pitch;
    vf sum[ROWS][GEMV_X], two[2];
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int t = 0; t < n; t++)
            sum[r][t] = vf_zero();
    for (int64_t k = 0; k < whole; k += GEMV_STEP) {
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            prefetch(w + r * pitch + k * size, dtype);
            load(two, w + r * pitch, k, dtype);
#pragma GCC unroll 8
            for (int t = 0; t < n; t++) {
                sum[r][t] = vf_fma(two[0], vf_load(g->x + t * ld + k), sum[r][t]);
                sum[r][t] = vf_fma(two[1], vf_load(g->x + t * ld + k + VL), sum[r][t]);
            }
        }
    }
    for (int r = 0; r < rows && whole < g->k; r++) {
        char rest[GEMV_STEP * 4] = {0};
        memcpy(rest, w + r * pitch + whole * size, (size_t)((g->k - whole) * size));
        load(two, rest, 0, dtype);
        for (int t = 0; t < n; t++) {
            sum[r][t] = vf_fma(two[0], vf_load(g->x + t * ld + whole), sum[r][t]);
            sum[r][t] = vf_fma(two[1], vf_load(g->x + t * ld + whole + VL), sum[r][t]);
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int t = 0; t < n; t++)
            g->out[t * g->out_stride + m + r] = vf_sum(sum[r][t]);
}

/* Four rows for up to four rows of x, two beyond: so many sums fit in the registers. */
SIMD_INLINE void multiply_rows(const struct gemv *g, int64_t begin, int64_t end, enum dtype dtype,
                               int n) {
    enum { SUMS = REGISTERS / 2 };
    const int rows = n * 4 <= SUMS ? 4 : n * 2 <= SUMS ? 2 : 1;
    int64_t m = begin;
    for (; m + rows <= end; m += rows)
        multiply(g, m, dtype, rows, n);
    for (; m < end; m++)
        multiply(g, m, dtype, 1, n);
}

#define MULTIPLY(dtype, n)                                                                 \
    static void multiply_##dtype##_##n(const struct gemv *g, int64_t begin, int64_t end) { \
        multiply_rows(g, begin, end, DTYPE_##dtype, n);                                    \
    }
#define MULTIPLY_ALL(dtype) \
    MULTIPLY(dtype, 1)      \
    MULTIPLY(dtype, 2)      \
    MULTIPLY(dtype, 3)      \
    MULTIPLY(dtype, 4)      \
    MULTIPLY(dtype, 5) MULTIPLY(dtype, 6) MULTIPLY(dtype, 7) MULTIPLY(dtype, 8)
MULTIPLY_ALL(F32)
MULTIPLY_ALL(BF16)
MULTIPLY_ALL(F16)

typedef void rows_fn(const struct gemv *g, int64_t begin, int64_t end);
#define TABLE(dtype)                                                                               \
    {                                                                                              \
        multiply_##dtype##_1, multiply_##dtype##_2, multiply_##dtype##_3, multiply_##dtype##_4,    \
            multiply_##dtype##_5, multiply_##dtype##_6, multiply_##dtype##_7, multiply_##dtype##_8 \
    }

void NATIVE(gemv_rows)(const struct gemv *g, int64_t begin, int64_t end) {
    static rows_fn *const f32[GEMV_X] = TABLE(F32), *const bf16[GEMV_X] = TABLE(BF16),
                          *const f16[GEMV_X] = TABLE(F16);
    rows_fn *const *table = g->w->dtype == DTYPE_F32 ? f32 : g->w->dtype == DTYPE_BF16 ? bf16 : f16;
    table[g->n - 1](g, begin, end);
}
