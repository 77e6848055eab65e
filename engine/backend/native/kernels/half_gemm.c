/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/half_gemm.h"

#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/simd/half.h"

#if SIMD_HALVES
enum { X_EXPONENT = 10, W_EXPONENT = 0 }; /* the largest is below 2 to this */

/* The power of two that brings the largest of n numbers below 2^exponent, and what takes it back;
 * NaN there when one of them is not finite. */
static float scale_of(const float *x, int64_t n, int exponent, float *back) {
    float most = 0, bad = 0;
    int e = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
        bad += x[i] * 0;
    }
    (void)frexpf(most, &e);
    int by = most > 0 ? exponent - e : 0;
    by = by > 126 ? 126 : by; /* rows of denormal numbers */
    *back = bad == 0 ? ldexpf(1, -by) : NAN;
    return bad == 0 ? ldexpf(1, by) : 0;
}

/* VL numbers of VL rows, turned and scaled; what is not there is zeros. */
static void pack_block(uint16_t *out, const float *x, int64_t stride, int64_t rows, int64_t numbers,
                       vf scale) {
    vf block[VL];
    for (int i = 0; i < VL; i++)
        block[i] = i < rows ? vf_load_n(x + i * stride, numbers) : vf_zero();
    vf_transpose(block);
    for (int i = 0; i < VL && i < numbers; i++)
        vf_to_f16(out + i * PANEL, vf_mul(block[i], scale));
}

void NATIVE(half_gemm_pack)(const struct half_gemm *g, const float *x, int64_t stride,
                            int64_t begin, int64_t end) {
    for (int64_t row = begin * PANEL; row < end * PANEL; row += VL) {
        int64_t rows = g->n - row;
        const float *from = x + (rows > 0 ? row * stride : 0);
        uint16_t *to = g->x + row / PANEL * PANEL * g->k + row % PANEL;
        float scale[VL] = {0};
        for (int i = 0; i < VL; i++) {
            g->back[row + i] = 0;
            if (i < rows)
                scale[i] = scale_of(from + i * stride, g->k, X_EXPONENT, &g->back[row + i]);
        }
        for (int64_t k = 0; k < g->k; k += VL)
            pack_block(to + k * PANEL, from + k, stride, rows, g->k - k, vf_load(scale));
    }
}

/* HALF_ROWS rows of w in f16, GEMM_K numbers at most, and what takes their scales back. */
struct rows_of_w {
    uint16_t at[HALF_ROWS][GEMM_K];
    float back[HALF_ROWS];
};

static void unpack(struct rows_of_w *out, const struct tensor *w, int64_t m, int64_t end,
                   int64_t k0, int64_t k) {
    float row[GEMM_K];
    for (int r = 0; r < HALF_ROWS; r++) {
        out->back[r] = 0;
        memset(out->at[r], 0, sizeof(out->at[r]));
        if (m + r >= end)
            continue;
        const char *from =
            (const char *)w->data + dtype_bytes(w->dtype, (m + r) * w->stride[0] + k0);
        convert_widen(row, from, w->dtype, k);
        float scale = scale_of(row, k, W_EXPONENT, &out->back[r]);
        for (int64_t i = 0; i < k; i++)
            row[i] = scale > 0 ? row[i] * scale : 0;
        convert_to_f16(out->at[r], row, k);
    }
}

/* The rows against one panel: c += w·x, or w·x when first; times `back` (of x) when last. */
static void multiply(float *c, const struct rows_of_w *w, const uint16_t *x, int64_t k, bool first,
                     const float *back) {
    vf sum[HALF_ROWS][2];
    UNROLL(8)
    for (int r = 0; r < HALF_ROWS; r++)
        sum[r][0] = sum[r][1] = vf_zero();
    for (int64_t i = 0; i < k; i += HALF_CHUNK) {
        int64_t end = k - i < HALF_CHUNK ? k : i + HALF_CHUNK;
        vh part[HALF_ROWS];
        UNROLL(8)
        for (int r = 0; r < HALF_ROWS; r++)
            part[r] = vh_set(0);
        for (int64_t j = i; j < end; j++) {
            vh column = vh_load(x + j * PANEL);
            UNROLL(8)
            for (int r = 0; r < HALF_ROWS; r++)
                part[r] = vh_fma(vh_set(w->at[r][j]), column, part[r]);
        }
        UNROLL(8)
        for (int r = 0; r < HALF_ROWS; r++) {
            sum[r][0] = vf_add(sum[r][0], vh_low(part[r]));
            sum[r][1] = vf_add(sum[r][1], vh_high(part[r]));
        }
    }
    UNROLL(8)
    for (int r = 0; r < HALF_ROWS; r++)
        for (int h = 0; h < 2; h++) {
            float *to = c + r * GEMM_X + h * VL;
            vf before = first ? vf_zero() : vf_load(to);
            vf v = vf_fma(sum[r][h], vf_set(w->back[r]), before);
            vf_store(to, back ? vf_mul(v, vf_load(back + h * VL)) : v);
        }
}

/* Rows first … first + n - 1 of x, n ≤ GEMM_X. */
static void multiply_band(const struct half_gemm *g, int64_t begin, int64_t end, int64_t first,
                          int64_t n, float *c) {
    struct rows_of_w w;
    for (int64_t k0 = 0; k0 < g->k; k0 += GEMM_K) {
        int64_t k = g->k - k0 < GEMM_K ? g->k - k0 : GEMM_K;
        for (int64_t m = begin; m < end; m += HALF_ROWS) {
            unpack(&w, g->w, m, end, k0, k);
            for (int64_t t = 0; t < n; t += PANEL)
                multiply(c + (m - begin) * GEMM_X + t, &w, g->x + (first + t) * g->k + k0 * PANEL,
                         k, k0 == 0, k0 + k == g->k ? g->back + first + t : NULL);
        }
    }
    NATIVE(gemm_store)(g->out + first * g->out_stride, g->out_stride, c, begin, end, n);
}

void NATIVE(half_gemm_band)(const struct half_gemm *g, int64_t begin, int64_t end, float *scratch) {
    for (int64_t first = 0; first < g->n; first += GEMM_X)
        multiply_band(g, begin, end, first, g->n - first < GEMM_X ? g->n - first : GEMM_X, scratch);
}
#else
void NATIVE(half_gemm_pack)(const struct half_gemm *g, const float *x, int64_t stride,
                            int64_t begin, int64_t end) {
    (void)g, (void)x, (void)stride, (void)begin, (void)end;
}
void NATIVE(half_gemm_band)(const struct half_gemm *g, int64_t begin, int64_t end, float *scratch) {
    (void)g, (void)begin, (void)end, (void)scratch;
}
#endif
