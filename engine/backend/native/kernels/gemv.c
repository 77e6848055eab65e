/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/gemv.h"

/* Rows at once, each from a part of the range of its own: a processor fetches ahead in a few long
 * streams, and gives up on many short ones within a page. */
enum { STREAMS = 6, STREAMS_FEW = 2 };
/* Steps of a row before the next row has its turn, of halves of w and one row of x: with
 * more of x, or twice the bytes, it is slower. Bytes of them where streams are few. */
enum { STEPS_HALF = 4, TURN_FEW = 256 };
/* Rows of x at once, whose sums stay in registers for several rows of w: a load of x that serves
 * one row of w alone takes as long as its product. */
enum { GROUP = REGISTERS >= 32 ? 3 : 2 };

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

/* Of many streams, lines come into the second cache, as memory is what all wait for. */
SIMD_INLINE void prefetch(const char *p, int64_t bytes, bool few_streams) {
    enum { LINE = 64 };
    for (int64_t i = 0; i < bytes; i += LINE)
        if (few_streams)
            simd_prefetch_near(p + i);
        else
            simd_prefetch(p + i);
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

/* Rows m, m + apart, m + 2·apart … of w, against a group of rows of x, from t on. */
struct part {
    int64_t m, apart, t, group;
};

/* Rows of w that are multiplied side by side. */
struct walk {
    const char *w; /* of the first */
    const float *x;
    int64_t apart, ld; /* bytes between rows of w, floats between rows of x */
    int64_t ahead;     /* bytes, from where a row of w is read to what is asked for meanwhile … */
    int share;         /* … of which each group of rows of x asks for one in so many */
    enum dtype dtype;
    int rows, n;
    bool few_streams;
};

SIMD_INLINE void take_turns(struct sums *s, const struct walk *at, int64_t k, int steps) {
    const int64_t size = size_of(at->dtype);
    vf two[2];
    UNROLL(8)
    for (int r = 0; r < at->rows; r++)
        UNROLL(8)
    for (int i = 0; i < steps; i++) {
        const char *row = at->w + r * at->apart;
        int64_t from = k + i * GEMV_STEP;
        prefetch(row + at->ahead + from * size / at->share, GEMV_STEP * size / at->share,
                 at->few_streams);
        load(two, row, from, at->dtype);
        add_step(s, two, at->x + from, at->ld, r, at->n);
    }
}

/* Whole steps, and then a copy of the rest with zeros behind. One group asks for what it will read
 * itself; of several each asks for its share of the next rows of w, so that memory never rests. */
SIMD_INLINE void multiply(const struct gemv *g, struct part part, enum dtype dtype, int rows,
                          int groups, int n, bool few_streams) {
    const int64_t size = size_of(dtype), pitch = g->w->stride[0] * size;
    const int64_t whole = g->k / GEMV_STEP * GEMV_STEP, ld = gemv_arranged(g->k);
    const struct walk at = {.w = (const char *)g->w->data + part.m * pitch,
                            .x = g->x + part.t * ld,
                            .apart = part.apart * pitch,
                            .ld = ld,
                            .ahead = groups > 1 ? pitch + part.group * pitch / groups : g->ahead,
                            .share = groups,
                            .dtype = dtype,
                            .rows = rows,
                            .n = n,
                            .few_streams = few_streams};
    const int steps = few_streams                    ? (int)(TURN_FEW / (GEMV_STEP * size))
                      : dtype != DTYPE_F32 && n == 1 ? STEPS_HALF
                                                     : 1;
    struct sums s;
    vf two[2];
    int64_t k = 0;
    UNROLL(8)
    for (int r = 0; r < rows; r++)
        UNROLL(8)
    for (int t = 0; t < n; t++)
        s.at[r][t][0] = s.at[r][t][1] = vf_zero();
    for (; k + steps * GEMV_STEP <= whole; k += steps * GEMV_STEP)
        take_turns(&s, &at, k, steps);
    for (; k < whole; k += GEMV_STEP)
        take_turns(&s, &at, k, 1);
    UNROLL(8)
    for (int r = 0; r < rows; r++) {
        char rest[GEMV_STEP * 4] = {0};
        if (whole < g->k) {
            memcpy(rest, at.w + r * at.apart + whole * size, (size_t)((g->k - whole) * size));
            load(two, rest, 0, dtype);
            add_step(&s, two, at.x + whole, ld, r, n);
        }
        UNROLL(8)
        for (int t = 0; t < n; t++)
            g->out[(part.t + t) * g->out_stride + part.m + r * part.apart] =
                one_nan(vf_sum(vf_add(s.at[r][t][0], s.at[r][t][1])));
    }
}

/* n rows of x in groups of about the same size, of which none is larger than GROUP. */
SIMD_INLINE int group_count(int n) {
    return (n + GROUP - 1) / GROUP;
}
SIMD_INLINE int group_size(int n) {
    return (n + group_count(n) - 1) / group_count(n);
}

SIMD_INLINE void multiply_groups(const struct gemv *g, struct part part, enum dtype dtype, int rows,
                                 int n) {
    const int size = group_size(n), groups = group_count(n), last = n - size * (groups - 1);
    for (; part.group < groups - 1; part.group++, part.t += size)
        multiply(g, part, dtype, rows, groups, size, false);
    multiply(g, part, dtype, rows, groups, last, false);
}

/* A handful is left, not worth code of its own for each n. */
SIMD_INLINE void multiply_rest(const struct gemv *g, int64_t begin, int64_t end, enum dtype dtype) {
    struct part part = {.m = begin};
    for (; part.m < end; part.m++)
        for (part.t = 0; part.t < g->n; part.t++)
            multiply(g, part, dtype, 1, 1, 1, false);
}

SIMD_INLINE void multiply_rows(const struct gemv *g, int64_t begin, int64_t end, enum dtype dtype,
                               int n) {
    enum { SUMS = REGISTERS - 4 };
    const int fit = SUMS / 2 / group_size(n), rows = fit > STREAMS ? STREAMS : fit > 1 ? fit : 1;
    struct part part = {.m = begin, .apart = (end - begin) / rows};
    for (; part.m < begin + part.apart; part.m++)
        multiply_groups(g, part, dtype, rows, n);
    multiply_rest(g, begin + part.apart * rows, end, dtype);
}

/* One row of x. */
SIMD_INLINE void multiply_one(const struct gemv *g, int64_t begin, int64_t end, enum dtype dtype) {
    struct part part = {.m = begin, .apart = (end - begin) / STREAMS_FEW};
    if (!g->few_streams) {
        multiply_rows(g, begin, end, dtype, 1);
        return;
    }
    for (; part.m < begin + part.apart; part.m++)
        multiply(g, part, dtype, STREAMS_FEW, 1, 1, true);
    multiply_rest(g, begin + part.apart * STREAMS_FEW, end, dtype);
}

#define MULTIPLY(dtype, n)                                                                 \
    static void multiply_##dtype##_##n(const struct gemv *g, int64_t begin, int64_t end) { \
        multiply_rows(g, begin, end, DTYPE_##dtype, n);                                    \
    }
#define MULTIPLY_ALL(dtype)                                                              \
    static void multiply_##dtype##_1(const struct gemv *g, int64_t begin, int64_t end) { \
        multiply_one(g, begin, end, DTYPE_##dtype);                                      \
    }                                                                                    \
    MULTIPLY(dtype, 2)                                                                   \
    MULTIPLY(dtype, 3)                                                                   \
    MULTIPLY(dtype, 4)                                                                   \
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
