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

/* Rows of w, some k of each. */
struct part {
    const char *at;
    size_t pitch, bytes; /* from row to row, of a row */
    int64_t rows;        /* that are there */
};

static struct part part_at(const struct gemm *g, int64_t m, int64_t k0) {
    enum dtype dtype = g->w->dtype;
    int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K;
    size_t pitch = dtype_bytes(dtype, g->w->stride[0]);
    return (struct part){
        .at = (const char *)g->w->data + (size_t)m * pitch + dtype_bytes(dtype, k0),
        .pitch = pitch,
        .bytes = dtype_bytes(dtype, k),
        .rows = g->w->shape[0] - m,
    };
}

/* k numbers of `rows` rows as floats; zeros where none are, and behind them up to whole PAIRS. */
static void unpack(float *out, const struct part *from, enum dtype dtype, int64_t k, int rows) {
    for (int r = 0; r < rows; r++, out += GEMM_K) {
        const char *row = from->at + (size_t)r * from->pitch;
        for (int64_t i = k; i % PAIRS != 0; i++)
            out[i] = 0;
        if (r >= from->rows)
            memset(out, 0, (size_t)k * sizeof(float));
        else if (dtype_is_block(dtype))
            dtype_convert(out, DTYPE_F32, row, dtype, k);
        else
            convert_widen(out, row, dtype, k);
    }
}

/* The same rows as floats, *apart from one another: in place where they lie there as such. */
static const float *as_floats(float *room, const struct part *from, enum dtype dtype, int64_t k,
                              int rows, int64_t *apart) {
    const size_t unit = sizeof(float);
    if (dtype == DTYPE_F32 && from->rows >= rows && k % PAIRS == 0 &&
        ((uintptr_t)from->at | from->pitch) % unit == 0) {
        *apart = (int64_t)(from->pitch / unit);
        return (const float *)(const void *)from->at;
    }
    unpack(room, from, dtype, k, rows);
    *apart = GEMM_K;
    return room;
}

/* The tile that comes `step` rows after the one at row m and k0. */
static struct part part_next(const struct gemm *g, int64_t m, int64_t begin, int64_t end,
                             int64_t k0, int step) {
    if (m + step < end)
        return part_at(g, m + step, k0);
    k0 = k0 + GEMM_K < g->k ? k0 + GEMM_K : 0;
    return part_at(g, k0 > 0 ? begin : end, k0);
}

/* Asks for a share of the next tile's rows, for it comes from memory and is read in pieces too
 * short to be foreseen. */
static void fetch(const struct part *next, int64_t share, int64_t shares, int step) {
    enum { LINE = 64 };
    int64_t from = step * share / shares, to = step * (share + 1) / shares;
    for (int64_t r = from; r < to && r < next->rows; r++)
        for (size_t i = 0; i < next->bytes; i += LINE)
            simd_prefetch(next->at + (size_t)r * next->pitch + i);
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
    float *room = scratch, *c = scratch + (int64_t)GEMM_ROWS * GEMM_K;
    const int rows = g->pairs ? PAIR_ROWS : TILE_ROWS;
    if (g->k == 0)
        memset(c, 0, (size_t)GEMM_BAND * GEMM_X * sizeof(float));
    for (int64_t k0 = 0; k0 < g->k; k0 += GEMM_K) {
        int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K;
        for (int64_t m = begin; m < end; m += rows) {
            struct part part = part_at(g, m, k0), next = part_next(g, m, begin, end, k0, rows);
            struct tile tile = {.w_k = 1, .c_row = GEMM_X, .k = k};
            part.rows = end - m;
            tile.w = as_floats(room, &part, g->w->dtype, k, rows, &tile.w_row);
            for (int64_t t = 0; t < n; t += PANEL) {
                fetch(&next, t / PANEL, (n + PANEL - 1) / PANEL, rows);
                tile.x = g->x + (first + t) * g->k + k0 * PANEL;
                tile.c = c + (m - begin) * GEMM_X + t;
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
