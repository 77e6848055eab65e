/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/blocks.h"

#include "engine/backend/native/kernels/blocks_tile.h"

enum {
    BAND_K =
        512, /* k at a time when there are many rows of x: two panels stay in the first cache */
    /* Panels and rows of x whose sums fit in the registers. */
    FEW_PANELS = REGISTERS >= 32 ? (HALVES == 1 ? 4 : 1)
                 : HALVES == 2   ? 2
                                 : 1,
    MANY_PANELS = HALVES == 1 ? 2 : 1,
    MANY_X = REGISTERS >= 32 ? (HALVES == 1 ? 6 : 3)
             : HALVES == 2   ? 3
                             : 1,
};

/* Panels p, p + apart, … against rows t0 … of x, blocks from k to end. */
struct range {
    int64_t p, apart, t0, k, end;
};

SIMD_INLINE void multiply(const struct blocks *g, const struct range *r, enum dtype dtype,
                          int panels, int rows) {
    const int64_t block = dtype == DTYPE_Q8_0 || dtype == DTYPE_Q4_0 ? 32 : 256;
    const int64_t size = PANEL_ROWS * (dtype == DTYPE_Q8_0   ? 34
                                       : dtype == DTYPE_Q4_0 ? 18
                                       : dtype == DTYPE_Q4_K ? 144
                                                             : 210);
    struct blocks_tile s = {.g = g, .t0 = r->t0};
    UNROLL(4)
    for (int p = 0; p < panels; p++) {
        int64_t panel = r->p + p * r->apart;
        s.block[p] = (const char *)g->w->data + (panel * g->x.k + r->k) / block * size;
        UNROLL(4)
        for (int h = 0; h < HALVES; h++)
            UNROLL(6)
        for (int t = 0; t < rows; t++)
            s.sum[p][h][t] =
                r->k == 0
                    ? vf_zero()
                    : vf_load(g->out + (r->t0 + t) * g->out_stride + panel * PANEL_ROWS + h * VL);
    }
    for (int64_t k = r->k; k < r->end; k += block) {
        if (dtype == DTYPE_Q8_0)
            tile_q8_0(&s, k, panels, rows);
        else if (dtype == DTYPE_Q4_0)
            tile_q4_0(&s, k, panels, rows);
        else if (dtype == DTYPE_Q4_K)
            tile_q4_k(&s, k, panels, rows);
        else
            tile_q6_k(&s, k, panels, rows);
        UNROLL(4)
        for (int p = 0; p < panels; p++) {
            for (int64_t i = 0; rows == 1 && i < size; i += LINE)
                simd_prefetch_second(s.block[p] + g->ahead + i);
            s.block[p] += size;
        }
    }
    UNROLL(4)
    for (int p = 0; p < panels; p++)
        UNROLL(4)
    for (int h = 0; h < HALVES; h++)
        UNROLL(6)
    for (int t = 0; t < rows; t++)
        vf_store(g->out + (r->t0 + t) * g->out_stride + (r->p + p * r->apart) * PANEL_ROWS + h * VL,
                 s.sum[p][h][t]);
}

/* All rows of x, MANY_X at a time, against the panels of r. */
SIMD_INLINE void multiply_rows(const struct blocks *g, struct range *r, enum dtype dtype,
                               int panels) {
    int64_t n = g->x.n, t = 0;
    for (; t + MANY_X <= n; t += MANY_X) {
        r->t0 = t;
        multiply(g, r, dtype, panels, MANY_X);
    }
    for (; t < n; t++) {
        r->t0 = t;
        multiply(g, r, dtype, panels, 1);
    }
}

/* One row of x: panels of FEW_PANELS streams at once. Many: two panels stay while x passes. */
SIMD_INLINE void multiply_panels(const struct blocks *g, int64_t begin, int64_t end,
                                 enum dtype dtype) {
    struct range r = {.p = begin, .apart = (end - begin) / FEW_PANELS, .end = g->x.k};
    if (g->x.n == 1) {
        for (int64_t i = 0; i < r.apart; i++, r.p++)
            multiply(g, &r, dtype, FEW_PANELS, 1);
        for (r.p = begin + r.apart * FEW_PANELS; r.p < end; r.p++)
            multiply(g, &r, dtype, 1, 1);
        return;
    }
    r.apart = 1;
    for (; r.p < end; r.p += MANY_PANELS)
        for (r.k = 0; r.k < g->x.k; r.k += BAND_K) {
            r.end = r.k + BAND_K < g->x.k ? r.k + BAND_K : g->x.k;
            if (end - r.p >= MANY_PANELS)
                multiply_rows(g, &r, dtype, MANY_PANELS);
            else
                multiply_rows(g, &r, dtype, 1);
        }
}

#define PANELS(dtype)                                                                  \
    static void multiply_##dtype(const struct blocks *g, int64_t begin, int64_t end) { \
        multiply_panels(g, begin, end, DTYPE_##dtype);                                 \
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

/* One block of row m against all rows of x. */
static void add_rest(const struct blocks *g, int64_t m, const float *w, int64_t from, int64_t n) {
    for (int64_t t = 0; t < g->x.n; t++) {
        const int8_t *q = g->x.q + t * g->x.k + from;
        const float *d = g->x.d + (t * g->x.k + from) / QUANTISE_BLOCK;
        float sum = from == 0 ? 0 : g->out[t * g->out_stride + m];
        for (int64_t i = 0; i < n; i++)
            sum += w[i] * (float)q[i] * d[i / QUANTISE_BLOCK];
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
