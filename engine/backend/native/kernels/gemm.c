/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/gemm.h"

#include "engine/backend/native/kernels/convert.h"

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

static void multiply_pairs(const struct tile *t, bool first) {
    tile_multiply(t, first, TILE_ROWS, 2, true);
}

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

/* Rows m … of w, k numbers from k0 on, as floats. Rows at and beyond `end` are zeros. */
static void unpack(float *out, const struct tensor *w, int64_t m, int64_t end, int64_t k0,
                   int64_t k) {
    for (int r = 0; r < TILE_ROWS; r++) {
        if (m + r < end && dtype_is_block(w->dtype))
            dtype_convert(out + r * GEMM_K, DTYPE_F32, block_at(w, m + r, k0), w->dtype, k);
        else if (m + r < end)
            convert_widen(out + r * GEMM_K, block_at(w, m + r, k0), w->dtype, k);
        else
            memset(out + r * GEMM_K, 0, (size_t)k * sizeof(float));
    }
}

/* Asks for the tile that comes after the one at row m and k0, for it comes from memory and is read
 * in pieces too short to be foreseen: the part-th of so many parts of its rows. */
static void fetch_next(const struct gemm *g, int64_t m, int64_t begin, int64_t end, int64_t k0,
                       int64_t part, int64_t parts) {
    enum { LINE = 64 };
    if (m + TILE_ROWS < end) {
        m += TILE_ROWS;
    } else {
        k0 = k0 + GEMM_K < g->k ? k0 + GEMM_K : 0;
        m = k0 > 0 ? begin : end;
    }
    int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K, rows = g->w->shape[0] - m;
    int64_t from = TILE_ROWS * part / parts, to = TILE_ROWS * (part + 1) / parts;
    size_t bytes = dtype_bytes(g->w->dtype, k);
    for (int64_t r = from; r < to && r < rows; r++)
        for (size_t i = 0; i < bytes; i += LINE)
            simd_prefetch_second(block_at(g->w, m + r, k0) + i);
}

/* Sums [row][x] out to out[x][row]. */
static void store(const struct gemm *g, const float *c, int64_t begin, int64_t end, int64_t first,
                  int64_t n) {
    for (int64_t m = begin; m < end; m += VL)
        for (int64_t t = 0; t < n; t += VL) {
            vf block[VL];
            for (int i = 0; i < VL; i++)
                block[i] = m + i < end ? vf_load(c + (m - begin + i) * GEMM_X + t) : vf_zero();
            vf_transpose(block);
            float *out = g->out + (first + t) * g->out_stride + m;
            for (int i = 0; i < VL && t + i < n; i++)
                vf_store_n(out + i * g->out_stride, block[i], end - m);
        }
}

/* Rows first … first + n - 1 of x, n ≤ GEMM_X. */
static void multiply_band(const struct gemm *g, int64_t begin, int64_t end, int64_t first,
                          int64_t n, float *scratch) {
    float *w = scratch, *c = scratch + (int64_t)TILE_ROWS * GEMM_K;
    if (g->k == 0)
        memset(c, 0, (size_t)GEMM_BAND * GEMM_X * sizeof(float));
    for (int64_t k0 = 0; k0 < g->k; k0 += GEMM_K) {
        int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K;
        for (int64_t m = begin; m < end; m += TILE_ROWS) {
            unpack(w, g->w, m, end, k0, k);
            for (int64_t t = 0; t < n; t += PANEL) {
                fetch_next(g, m, begin, end, k0, t / PANEL, (n + PANEL - 1) / PANEL);
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
    store(g, c, begin, end, first, n);
}

void NATIVE(gemm_band)(const struct gemm *g, int64_t begin, int64_t end, float *scratch) {
    for (int64_t first = 0; first < g->n; first += GEMM_X) {
        int64_t n = g->n - first < GEMM_X ? g->n - first : GEMM_X;
        multiply_band(g, begin, end, first, n, scratch);
    }
}
