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
};

/* One row of x against a few panels, each at its block in turn. */
struct streams {
    const struct quantised *x;
    const char *block[STREAMS_MAX];
    vf sum[STREAMS_MAX][HALVES];
};

SIMD_INLINE void add_sub_block(struct streams *s, enum dtype dtype, int64_t k, int sub,
                               int panels) {
    const int words = word_width(dtype) / 4;
    vf d = vf_set(s->x->d[k / QUANTISE_BLOCK]);
    vi ints[STREAMS_MAX][HALVES], start = vi_set(s->x->start[k / word_width(dtype)]);
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        ints[p][h] = start;
    UNROLL(8)
    for (int j = 0; j < words; j++) {
        vi x = vi_set(s->x->q[k / 4 + j]);
        UNROLL(4)
        for (int p = 0; p < panels; p++)
            UNROLL(4)
        for (int h = 0; h < HALVES; h++) {
            vi w = word_of(s->block[p], dtype, sub, j, h);
            ints[p][h] =
                dtype == DTYPE_Q8_0 ? vi_dot_wide(ints[p][h], w, x) : vi_dot(ints[p][h], w, x);
        }
    }
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++) {
        vf *to = &s->sum[p][h];
        if (dtype == DTYPE_Q4_K)
            *to = vf_fma(word_least(s->block[p], sub, h), vf_set(s->x->least[k / QUANTISE_BLOCK]),
                         *to);
        *to = vf_fma(vi_float(ints[p][h]), vf_mul(word_scale(s->block[p], dtype, sub, h), d), *to);
    }
}

/* The lines of a block's bytes begin ≤ i < end, so far before their use. */
SIMD_INLINE void fetch_share(const struct streams *s, int64_t ahead, int begin, int end,
                             int panels) {
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        for (int i = (begin + LINE - 1) / LINE * LINE; i < end; i += LINE)
            simd_prefetch(s->block[p] + ahead + i);
}

/* Panels first, first + apart, … */
SIMD_INLINE void multiply_streams(const struct blocks *g, enum dtype dtype, int64_t first,
                                  int64_t apart, int panels) {
    const int size = word_bytes(dtype), block = word_block(dtype), width = word_width(dtype);
    /* A large block is not read in the order of its bytes: two of them ahead at least. */
    const int64_t ahead = block > 32 && 2 * size > g->ahead ? 2 * size : g->ahead;
    struct streams s = {.x = &g->x};
    UNROLL(4)
    for (int p = 0; p < panels; p++) {
        s.block[p] = (const char *)g->w->data + (first + p * apart) * g->x.k / block * size;
        UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            s.sum[p][h] = vf_zero();
    }
    for (int64_t k = 0; k < g->x.k; k += block) {
        UNROLL(16)
        for (int sub = 0; sub < block / width; sub++) {
            add_sub_block(&s, dtype, k + sub * width, sub, panels);
            fetch_share(&s, ahead, sub * size / (block / width), (sub + 1) * size / (block / width),
                        panels);
        }
        UNROLL(4)
        for (int p = 0; p < panels; p++)
            s.block[p] += size;
    }
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        vf_store(g->out + (first + p * apart) * PANEL_ROWS + h * VL, s.sum[p][h]);
}

SIMD_INLINE void multiply_panels(const struct blocks *g, enum dtype dtype, int64_t begin,
                                 int64_t end) {
    int64_t apart = (end - begin) / STREAMS, p = begin;
    if (g->x.n > 1) {
        band_panels(g, dtype, begin, end);
        return;
    }
    for (; p < begin + apart; p++)
        multiply_streams(g, dtype, p, apart, STREAMS);
    for (p = begin + apart * STREAMS; p < end; p++)
        multiply_streams(g, dtype, p, 0, 1);
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
