/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/gemm.h"

#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/simd/tiles.h"

/* VL rows by VL numbers, turned; rows and numbers beyond the given counts are zeros. */
static void pack_block(float *out, const float *x, int64_t stride, int64_t rows, int64_t numbers) {
    vf block[VL];
    for (int i = 0; i < VL; i++)
        block[i] = i < rows ? vf_load_n(x + i * stride, numbers) : vf_zero();
    vf_transpose(block);
    for (int i = 0; i < VL && i < numbers; i++)
        vf_store(out + i * PANEL, block[i]);
}

void NATIVE(gemm_pack)(float *out, const float *x, int64_t stride, int64_t n, int64_t k,
                       int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; panel++)
        for (int64_t half = 0; half < PANEL; half += VL) {
            int64_t row = panel * PANEL + half, rows = n - row;
            const float *from = x + (rows > 0 ? row * stride : 0);
            for (int64_t i = 0; i < k; i += VL)
                pack_block(out + (panel * k + i) * PANEL + half, from + i, stride, rows, k - i);
        }
}

/* TILE_ROWS rows of w against one panel, or the half of one that is in use. */
static void multiply_panel(const struct tile *t, bool first) {
    tile_multiply(t, first, TILE_ROWS, 2, false);
}

static void multiply_half(const struct tile *t, bool first) {
    tile_multiply(t, first, TILE_ROWS, 1, false);
}

#if SIMD_TILES
enum {
    PAIRS = TILES_BYTES / 4, /* of bf16, in a row of a tile */
    PAIR_ROWS = TILES_ROWS,
};

/* As many pairs of x as a tile has rows, zeros behind the last. */
static void load_x(const struct tile *t, int64_t i) {
    float room[PAIRS][PANEL] = {{0}};
    const float *x = t->x + i * PANEL;
    if (t->k - i < PAIRS)
        x = memcpy(room, x, (size_t)((t->k - i) * PANEL) * sizeof(float));
    tiles_load(6, x, (int64_t)(PANEL * sizeof(float)));
    tiles_load(7, x + VL, (int64_t)(PANEL * sizeof(float)));
}

static void multiply_pairs(const struct tile *t, bool first) {
    const int64_t row = t->c_row * (int64_t)sizeof(float);
    tiles_zero(0);
    tiles_zero(1);
    if (!first) {
        tiles_load(0, t->c, row);
        tiles_load(1, t->c + VL, row);
    }
    for (int64_t i = 0; i < t->k; i += PAIRS) {
        tiles_load(4, t->w + i, t->w_row * (int64_t)sizeof(float));
        load_x(t, i);
        tiles_pairs(0, 4, 6);
        tiles_pairs(1, 4, 7);
    }
    tiles_store(0, t->c, row);
    tiles_store(1, t->c + VL, row);
}
#else
enum { PAIRS = 1, PAIR_ROWS = TILE_ROWS };

static void multiply_pairs(const struct tile *t, bool first) {
    tile_multiply(t, first, TILE_ROWS, 2, true);
}
#endif

static void multiply_tile(const struct gemm *g, const struct tile *t, int64_t columns, bool first) {
    if (g->pairs)
        multiply_pairs(t, first);
    else if (columns > VL)
        multiply_panel(t, first);
    else
        multiply_half(t, first);
}

static const char *block_at(const struct tensor *w, int64_t row, int64_t k) {
    return (const char *)w->data + dtype_bytes(w->dtype, row * w->stride[0] + k);
}

/* Rows m … of w, k numbers from k0 on, as floats. Rows at and beyond `end` are zeros, and so are
 * numbers up to whole PAIRS. */
static void unpack(float *out, const struct tensor *w, int64_t m, int64_t end, int64_t k0,
                   int64_t k, int rows) {
    for (int r = 0; r < rows; r++) {
        for (int64_t i = k; i % PAIRS != 0; i++)
            out[r * GEMM_K + i] = 0;
        if (m + r < end && dtype_is_block(w->dtype))
            dtype_convert(out + r * GEMM_K, DTYPE_F32, block_at(w, m + r, k0), w->dtype, k);
        else if (m + r < end)
            convert_widen(out + r * GEMM_K, block_at(w, m + r, k0), w->dtype, k);
        else
            memset(out + r * GEMM_K, 0, (size_t)k * sizeof(float));
    }
}

/* Asks for the tile that comes `step` rows after the one at row m and k0, for it comes from memory
 * and is read in pieces too short to be foreseen: the part-th of so many parts of its rows. */
static void fetch_next(const struct gemm *g, int64_t m, int64_t begin, int64_t end, int64_t k0,
                       int64_t part, int64_t parts, int step) {
    enum { LINE = 64 };
    if (m + step < end) {
        m += step;
    } else {
        k0 = k0 + GEMM_K < g->k ? k0 + GEMM_K : 0;
        m = k0 > 0 ? begin : end;
    }
    int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K, rows = g->w->shape[0] - m;
    int64_t from = step * part / parts, to = step * (part + 1) / parts;
    size_t bytes = dtype_bytes(g->w->dtype, k);
    for (int64_t r = from; r < to && r < rows; r++)
        for (size_t i = 0; i < bytes; i += LINE)
            simd_prefetch(block_at(g->w, m + r, k0) + i);
}

void NATIVE(gemm_store)(float *out, int64_t stride, const float *c, int64_t begin, int64_t end,
                        int64_t n) {
    for (int64_t m = begin; m < end; m += VL)
        for (int64_t t = 0; t < n; t += VL) {
            vf block[VL];
            for (int i = 0; i < VL; i++)
                block[i] = m + i < end ? vf_load(c + (m - begin + i) * GEMM_X + t) : vf_zero();
            vf_transpose(block);
            for (int i = 0; i < VL && t + i < n; i++)
                vf_store_n(out + (t + i) * stride + m, block[i], end - m);
        }
}

/* Rows first … first + n - 1 of x, n ≤ GEMM_X. */
static void multiply_band(const struct gemm *g, int64_t begin, int64_t end, int64_t first,
                          int64_t n, float *scratch) {
    float *w = scratch, *c = scratch + (int64_t)GEMM_ROWS * GEMM_K;
    const int rows = g->pairs ? PAIR_ROWS : TILE_ROWS;
    if (g->k == 0)
        memset(c, 0, (size_t)GEMM_BAND * GEMM_X * sizeof(float));
    for (int64_t k0 = 0; k0 < g->k; k0 += GEMM_K) {
        int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K;
        for (int64_t m = begin; m < end; m += rows) {
            unpack(w, g->w, m, end, k0, k, rows);
            for (int64_t t = 0; t < n; t += PANEL) {
                fetch_next(g, m, begin, end, k0, t / PANEL, (n + PANEL - 1) / PANEL, rows);
                struct tile tile = {.w = w,
                                    .w_row = GEMM_K,
                                    .w_k = 1,
                                    .x = g->x + (first + t) * g->k + k0 * PANEL,
                                    .c = c + (m - begin) * GEMM_X + t,
                                    .c_row = GEMM_X,
                                    .k = k};
                multiply_tile(g, &tile, n - t, k0 == 0);
            }
        }
    }
    NATIVE(gemm_store)(g->out + first * g->out_stride, g->out_stride, c, begin, end, n);
}

void NATIVE(gemm_band)(const struct gemm *g, int64_t begin, int64_t end, float *scratch) {
#if SIMD_TILES
    if (g->pairs)
        tiles_open(TILES_ROWS, VL, TILES_BYTES);
#endif
    for (int64_t first = 0; first < g->n; first += GEMM_X) {
        int64_t n = g->n - first < GEMM_X ? g->n - first : GEMM_X;
        multiply_band(g, begin, end, first, n, scratch);
    }
#if SIMD_TILES
    if (g->pairs)
        tiles_close();
#endif
}
