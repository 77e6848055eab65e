/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/blocks.h"

#include "engine/backend/native/kernels/blocks_band.h"
#include "engine/backend/native/kernels/blocks_word.h"

enum {
    LINE = 64,
    STREAMS_MAX = 4,
    STREAMS = REGISTERS >= 32 ? (HALVES == 1 ? 4 : 1) /* panels that are read at once */
              : HALVES == 2   ? 2
                              : 1,
    STREAMS_FEW =
        REGISTERS >= 32 && HALVES == 1 ? 2 : 1, /* of rows of x, or where few are faster */
};

/* Rows of x against a few panels, each at its block in turn. */
struct streams {
    struct quantised x; /* the rows' group */
    const char *block[STREAMS_MAX];
    bool few; /* lines are asked for into the first cache */
    vf sum[STREAMS_MAX][HALVES][QUANTISE_ROWS];
};

SIMD_INLINE void add_sub_block(struct streams *s, enum dtype dtype, int64_t k, int sub, int panels,
                               int rows) {
    const int words = word_width(dtype) / 4;
    const int32_t *q = s->x.q + k / 4 * rows, *start = s->x.start + k / word_width(dtype) * rows;
    const float *d = s->x.d + k / QUANTISE_BLOCK * rows;
    const float *least = s->x.least + k / QUANTISE_BLOCK * rows;
    vi ints[STREAMS_MAX][HALVES][QUANTISE_ROWS];
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        UNROLL(6)
    for (int t = 0; t < rows; t++)
        ints[p][h][t] = vi_set(start[t]);
    UNROLL(8)
    for (int j = 0; j < words; j++)
        UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vi w = word_of(s->block[p], dtype, sub, j, h);
        UNROLL(6)
        for (int t = 0; t < rows; t++) {
            vi x = vi_set(q[quantise_word(words * 4, rows, j, t)]);
            ints[p][h][t] = dtype == DTYPE_Q8_0 ? vi_dot_wide(ints[p][h][t], w, x)
                                                : vi_dot(ints[p][h][t], w, x);
        }
    }
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        UNROLL(6)
    for (int t = 0; t < rows; t++) {
        vf *to = &s->sum[p][h][t];
        if (dtype == DTYPE_Q4_K)
            *to = vf_fma(word_least(s->block[p], sub, h), vf_set(least[t]), *to);
        *to = vf_fma(vi_float(ints[p][h][t]),
                     vf_mul(word_scale(s->block[p], dtype, sub, h), vf_set(d[t])), *to);
    }
}

/* The lines of a block's bytes begin ≤ i < end, so far before their use. */
SIMD_INLINE void fetch_share(const struct streams *s, int64_t ahead, int begin, int end,
                             int panels) {
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        for (int i = (begin + LINE - 1) / LINE * LINE; i < end; i += LINE)
            if (s->few)
                simd_prefetch_near(s->block[p] + ahead + i);
            else
                simd_prefetch(s->block[p] + ahead + i);
}

/* Panels first, first + apart, … against the rows of x from t on, which are a group. */
struct part {
    int64_t first, apart, t;
    bool few;
};

SIMD_INLINE void multiply_streams(const struct blocks *g, enum dtype dtype, struct part at,
                                  int panels, int rows) {
    const int size = word_bytes(dtype), block = word_block(dtype), width = word_width(dtype);
    /* A large block is not read in the order of its bytes: two of them ahead at least. */
    const int64_t ahead = block > 32 && 2 * size > g->ahead ? 2 * size : g->ahead;
    struct streams s = {.x = quantise_part(&g->x, at.t, rows, 0, width), .few = at.few};
    UNROLL(4)
    for (int p = 0; p < panels; p++) {
        s.block[p] = (const char *)g->w->data + (at.first + p * at.apart) * g->x.k / block * size;
        UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            UNROLL(6)
        for (int t = 0; t < rows; t++)
            s.sum[p][h][t] = vf_zero();
    }
    for (int64_t k = 0; k < g->x.k; k += block) {
        UNROLL(16)
        for (int sub = 0; sub < block / width; sub++) {
            add_sub_block(&s, dtype, k + sub * width, sub, panels, rows);
            if (at.t == 0) /* later groups find what the first one fetched */
                fetch_share(&s, ahead, sub * size / (block / width),
                            (sub + 1) * size / (block / width), panels);
        }
        UNROLL(4)
        for (int p = 0; p < panels; p++)
            s.block[p] += size;
    }
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        UNROLL(6)
    for (int t = 0; t < rows; t++)
        vf_store(g->out + (at.t + t) * g->out_stride + (at.first + p * at.apart) * PANEL_ROWS +
                     h * VL,
                 s.sum[p][h][t]);
}

/* Few rows of x, group by group: the second finds the panels in the second cache. */
SIMD_INLINE void multiply_groups(const struct blocks *g, enum dtype dtype, struct part at) {
    while (at.t < g->x.n) {
        int rows = quantise_group(g->x.n, at.t).rows;
        if (rows == QUANTISE_FEW)
            multiply_streams(g, dtype, at, STREAMS_FEW, QUANTISE_FEW);
        else if (QUANTISE_FEW > 3 && rows == 3)
            multiply_streams(g, dtype, at, STREAMS_FEW, 3);
        else if (QUANTISE_FEW > 2 && rows == 2)
            multiply_streams(g, dtype, at, STREAMS_FEW, 2);
        else
            multiply_streams(g, dtype, at, STREAMS_FEW, 1);
        at.t += rows;
    }
}

SIMD_INLINE void multiply_one(const struct blocks *g, enum dtype dtype, int64_t begin, int64_t end,
                              bool few) {
    /* Q4_K takes so long to unpack that two panels' sums are not enough to hide it. */
    const int streams = few && dtype != DTYPE_Q4_K ? STREAMS_FEW : STREAMS;
    struct part at = {.first = begin, .apart = (end - begin) / streams, .few = few};
    for (; at.first < begin + at.apart; at.first++)
        multiply_streams(g, dtype, at, streams, 1);
    for (at.first = begin + at.apart * streams; at.first < end; at.first++)
        multiply_streams(g, dtype, at, 1, 1);
}

SIMD_INLINE void multiply_few(const struct blocks *g, enum dtype dtype, int64_t begin,
                              int64_t end) {
    struct part at = {.first = begin, .apart = (end - begin) / STREAMS_FEW};
    for (; at.first < begin + at.apart; at.first++)
        multiply_groups(g, dtype, at);
    band_panels(g, dtype, begin + at.apart * STREAMS_FEW, end);
}

SIMD_INLINE void multiply_panels(const struct blocks *g, enum dtype dtype, int64_t begin,
                                 int64_t end) {
    if (g->x.n == 1 && g->few_streams)
        multiply_one(g, dtype, begin, end, true);
    else if (g->x.n == 1)
        multiply_one(g, dtype, begin, end, false);
    else if (g->x.n <= QUANTISE_FEW_MAX)
        multiply_few(g, dtype, begin, end);
    else
        band_panels(g, dtype, begin, end);
}

#define PANELS(dtype)                                                                  \
    static void multiply_##dtype(const struct blocks *g, int64_t begin, int64_t end) { \
        multiply_panels(g, DTYPE_##dtype, begin, end);                                 \
    }
PANELS(Q8_0)
PANELS(Q4_0)
PANELS(Q4_K)
PANELS(Q6_K)

void NATIVE(blocks_panels)(const struct blocks *g, int64_t begin, int64_t end) {
    switch (g->w->dtype) {
    case DTYPE_Q8_0:
        multiply_Q8_0(g, begin, end);
        break;
    case DTYPE_Q4_0:
        multiply_Q4_0(g, begin, end);
        break;
    case DTYPE_Q4_K:
        multiply_Q4_K(g, begin, end);
        break;
    default:
        multiply_Q6_K(g, begin, end);
        break;
    }
}

void NATIVE(blocks_expect)(struct quantised *x, enum dtype dtype) {
    x->width = word_width(dtype);
    x->offset = word_offset(dtype);
}

/* One block of row m against all rows of x. */
static void add_rest(const struct blocks *g, int64_t m, const float *w, int64_t from, int64_t n) {
    for (int64_t t = 0; t < g->x.n; t++) {
        struct quantise_group group = quantise_group(g->x.n, t);
        float sum = from == 0 ? 0 : g->out[t * g->out_stride + m];
        for (int64_t i = 0; i < n; i++)
            sum += w[i] * (float)quantise_q(&g->x, group, t, from + i) *
                   quantise_d(&g->x, group, t, from + i);
        g->out[t * g->out_stride + m] = sum;
    }
}

/* At most 15 rows: as numbers, block by block. */
void NATIVE(blocks_rest)(const struct blocks *g) {
    enum { BLOCK_MAX = 256 };
    float w[BLOCK_MAX];
    int64_t block = dtype_block(g->w->dtype), rows = g->w->shape[0];
    for (int64_t m = rows / PANEL_ROWS * PANEL_ROWS; m < rows; m++)
        for (int64_t k = 0; k < g->x.k; k += block) {
            const char *from = g->w->data;
            from += dtype_bytes(g->w->dtype, m * g->x.k + k);
            dtype_convert(w, DTYPE_F32, from, g->w->dtype, block);
            add_rest(g, m, w, k, block);
        }
}
