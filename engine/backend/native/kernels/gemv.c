/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/gemv.h"

/* Rows at once, each from a part of the range of its own: a processor fetches ahead in a few long
 * streams, and gives up on many short ones within a page. */
enum { STREAMS = 6 };
/* Steps of a row before the next row has its turn, of halves of w and one row of x: with
 * more of x, or twice the bytes, it is slower. */
enum { STEPS_HALF = 4 };

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

SIMD_INLINE int64_t size_of(enum dtype dtype) {
    return dtype == DTYPE_F32 ? 4 : 2;
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

/* Lines come into the second cache while memory is what all wait for, and nearer where a step has
 * NEAR rows of x to compute. */
SIMD_INLINE void prefetch(const char *p, int64_t ahead, enum dtype dtype, int n) {
    enum { LINE = 64, NEAR = 4 };
    for (int i = 0; i < GEMV_STEP * size_of(dtype); i += LINE)
        if (n < NEAR)
            simd_prefetch(p + ahead + i);
        else
            simd_prefetch_near(p + ahead + i);
}

/* Each number of the result has two sums, of even and of odd vectors of k, however many are taken
 * at once. */
struct sums {
    vf at[STREAMS][GEMV_X][2];
};

SIMD_INLINE void add_step(struct sums *s, const vf two[2], const float *x, int64_t ld, int r,
                          int n) {
    UNROLL(8)
    for (int t = 0; t < n; t++) {
        s->at[r][t][0] = vf_fma(two[0], vf_load(x + t * ld), s->at[r][t][0]);
        s->at[r][t][1] = vf_fma(two[1], vf_load(x + t * ld + VL), s->at[r][t][1]);
    }
}

/* Of two NaNs that meet, which one is left is the compiler's choice, here one, there the other. */
static float one_nan(float sum) {
    return isnan(sum) ? NAN : sum;
}

/* Rows of w that are multiplied side by side. */
struct walk {
    const char *w;     /* of the first */
    int64_t apart, ld; /* bytes between rows of w, floats between rows of x */
    enum dtype dtype;
    int rows, n;
};

SIMD_INLINE void take_turns(struct sums *s, const struct gemv *g, const struct walk *at, int64_t k,
                            int steps) {
    vf two[2];
    UNROLL(8)
    for (int r = 0; r < at->rows; r++)
        UNROLL(8)
    for (int i = 0; i < steps; i++) {
        const char *row = at->w + r * at->apart;
        int64_t from = k + i * GEMV_STEP;
        prefetch(row + from * size_of(at->dtype), g->ahead, at->dtype, at->n);
        load(two, row, from, at->dtype);
        add_step(s, two, g->x + from, at->ld, r, at->n);
    }
}

/* Rows m, m + apart, m + 2·apart … Whole steps, and then a copy of the rest with zeros behind. */
SIMD_INLINE void multiply(const struct gemv *g, int64_t m, int64_t apart, enum dtype dtype,
                          int rows, int n) {
    const int64_t size = size_of(dtype), pitch = g->w->stride[0] * size;
    const int64_t whole = g->k / GEMV_STEP * GEMV_STEP;
    const struct walk at = {.w = (const char *)g->w->data + m * pitch,
                            .apart = apart * pitch,
                            .ld = gemv_arranged(g->k),
                            .dtype = dtype,
                            .rows = rows,
                            .n = n};
    const int steps = dtype != DTYPE_F32 && n == 1 ? STEPS_HALF : 1;
    struct sums s;
    vf two[2];
    int64_t k = 0;
    UNROLL(8)
    for (int r = 0; r < rows; r++)
        UNROLL(8)
    for (int t = 0; t < n; t++)
        s.at[r][t][0] = s.at[r][t][1] = vf_zero();
    for (; k + steps * GEMV_STEP <= whole; k += steps * GEMV_STEP)
        take_turns(&s, g, &at, k, steps);
    for (; k < whole; k += GEMV_STEP)
        take_turns(&s, g, &at, k, 1);
    UNROLL(8)
    for (int r = 0; r < rows; r++) {
        char rest[GEMV_STEP * 4] = {0};
        if (whole < g->k) {
            memcpy(rest, at.w + r * at.apart + whole * size, (size_t)((g->k - whole) * size));
            load(two, rest, 0, dtype);
            add_step(&s, two, g->x + whole, at.ld, r, n);
        }
        UNROLL(8)
        for (int t = 0; t < n; t++)
            g->out[t * g->out_stride + m + r * apart] =
                one_nan(vf_sum(vf_add(s.at[r][t][0], s.at[r][t][1])));
    }
}

SIMD_INLINE void multiply_rows(const struct gemv *g, int64_t begin, int64_t end, enum dtype dtype,
                               int n) {
    enum { SUMS = REGISTERS - 4 };
    const int fit = SUMS / 2 / n, rows = fit > STREAMS ? STREAMS : fit > 1 ? fit : 1;
    int64_t apart = (end - begin) / rows, m = begin;
    for (; m < begin + apart; m++)
        multiply(g, m, apart, dtype, rows, n);
    for (m = begin + apart * rows; m < end; m++)
        multiply(g, m, 0, dtype, 1, n);
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
