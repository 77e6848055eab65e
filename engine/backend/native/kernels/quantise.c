/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/quantise.h"

enum {
    HALF = 16, /* q that are summed up together */
    HALVES_MAX = 16,
    CHUNK = HALF * HALVES_MAX, /* k at a time */
};

/* CHUNK or fewer numbers of a row. */
struct chunk {
    _Alignas(64) int8_t q[CHUNK];
    _Alignas(64) int32_t sums[HALVES_MAX]; /* of q */
    /* One a block, and as many again, for vectors of any length. */
    _Alignas(64) float most[2 * CHUNK / QUANTISE_BLOCK];
    _Alignas(64) float by[2 * CHUNK / QUANTISE_BLOCK];
    _Alignas(64) float d[2 * CHUNK / QUANTISE_BLOCK];
};

/* The largest of 32; *bad becomes NaN where one of them is not finite. */
SIMD_INLINE float largest(const float *x, vf *bad) {
    vf most = vf_zero();
    UNROLL(8)
    for (int i = 0; i < QUANTISE_BLOCK; i += VL) {
        vf v = vf_load(x + i);
        most = vf_max(vf_abs(v), most);
        *bad = vf_fma(v, vf_zero(), *bad);
    }
    return vf_largest(most);
}

/* The scales of n / 32 blocks: NaN where something is not finite, 0 where all is close to it. */
static void find_scales(struct chunk *c, const float *x, int64_t n) {
    vf bad = vf_zero();
    for (int b = 0; b < n / QUANTISE_BLOCK; b++)
        c->most[b] = largest(x + (int64_t)b * QUANTISE_BLOCK, &bad);
    for (int b = 0; vf_sum(bad) != 0 && b < n / QUANTISE_BLOCK; b++) {
        vf here = vf_zero();
        float most = largest(x + (int64_t)b * QUANTISE_BLOCK, &here);
        c->most[b] = vf_sum(here) == 0 ? most : NAN;
    }
    for (int i = 0; i < CHUNK / QUANTISE_BLOCK; i += VL) {
        vf most = vf_load(c->most + i), by = vf_div(vf_set(127), most), infinite = vf_set(INFINITY);
        vf_store(c->by + i, vf_select_less(by, infinite, by, vf_zero()));
        vf d = vf_select_less(by, infinite, vf_div(most, vf_set(127)), vf_zero());
        vf_store(c->d + i, vf_select_nan(most, d));
    }
}

static void quantise_chunk(struct chunk *c, const float *x, int64_t n) {
    vf sums[HALVES_MAX];
    find_scales(c, x, n);
    for (int half = 0; half < n / HALF; half++) {
        const float *from = x + (int64_t)half * HALF;
        vf sum = vf_zero(), by = vf_set(c->by[half / 2]);
        bool is_zero = c->by[half / 2] == 0;
        UNROLL(4)
        for (int i = 0; i < HALF; i += VL) {
            vi q = is_zero ? vi_set(0) : vf_int(vf_mul(vf_load(from + i), by));
            vi_store_bytes(c->q + half * HALF + i, q);
            sum = vf_add(sum, vi_float(q));
        }
        sums[half] = sum;
    }
    for (int i = (int)(n / HALF); i < HALVES_MAX; i++)
        sums[i] = vf_zero();
    for (int i = 0; i < HALVES_MAX; i += VL)
        vi_store(c->sums + i, vf_int(vf_sums(sums + i)));
}

/* Row r of a group of `rows`, whose k numbers from k0 on are in the chunk. */
SIMD_INLINE void interleave(const struct quantised *x, const struct chunk *c, int64_t begin,
                            int rows, int r, int64_t k0, int64_t n) {
    int32_t *q = x->q + (begin * x->k + k0 * rows) / 4;
    int64_t block = (begin * x->k + k0 * rows) / QUANTISE_BLOCK + r;
    int32_t *start = x->start + (begin * x->k + k0 * rows) / x->width + r;
    for (int64_t i = 0; i < n / 4; i++)
        memcpy(q + quantise_word(x->width, rows, i, r), c->q + i * 4, sizeof(*q));
    for (int64_t i = 0; i < n / QUANTISE_BLOCK; i++) {
        int32_t two = c->sums[2 * i] + c->sums[2 * i + 1];
        x->d[block + i * rows] = c->d[i];
        x->least[block + i * rows] = -c->d[i] * (float)two;
        if (x->width == QUANTISE_BLOCK)
            start[i * rows] = -x->offset * two;
    }
    for (int64_t i = 0; x->width == HALF && i < n / HALF; i++)
        start[i * rows] = -x->offset * c->sums[i];
}

/* SPAN numbers of each row in turn: long enough to be read at one go, and what they become stays in
 * the first cache meanwhile. */
void NATIVE(quantise_rows)(const struct quantised *x, struct quantise_group g, const float *from,
                           int64_t stride) {
    enum { SPAN = 4 * CHUNK };
    struct chunk c = {.most = {0}};
    for (int64_t i = 0; i < g.rows * ((x->k + SPAN - 1) / SPAN); i++) {
        int64_t begin = i / g.rows * SPAN, end = begin + SPAN < x->k ? begin + SPAN : x->k;
        int r = (int)(i % g.rows);
        for (int64_t k = begin; k < end; k += CHUNK) {
            int64_t n = end - k < CHUNK ? end - k : CHUNK;
            quantise_chunk(&c, from + r * stride + k, n);
            if (g.rows == QUANTISE_ROWS)
                interleave(x, &c, g.begin, QUANTISE_ROWS, r, k, n);
            else
                interleave(x, &c, g.begin, g.rows, r, k, n);
        }
    }
}
