/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/quantise.h"

enum {
    HALF = 16,   /* q that are summed up together */
    SPAN = 1024, /* k of a row at a time: read at one go, and what they become stays in the first
                  * cache. Each step does all of them, so that none waits for the one before. */
    BLOCKS = SPAN / QUANTISE_BLOCK,
};

/* SPAN or fewer numbers of a row. */
struct span {
    _Alignas(64) int8_t q[SPAN];
    _Alignas(64) int32_t sums[SPAN / HALF]; /* of q */
    _Alignas(64) float by[BLOCKS];          /* 1 / d */
    _Alignas(64) float d[BLOCKS];
};

/* The largest of 32 in each lane, a NaN where one is. */
SIMD_INLINE vf largest(const float *x) {
    vf most = vf_zero();
    UNROLL(8)
    for (int i = 0; i < QUANTISE_BLOCK; i += VL)
        most = vf_max_bits(vf_abs(vf_load(x + i)), most);
    return most;
}

/* The scales of n / 32 blocks: NaN where something is not finite, 0 where all is close to it. */
static void find_scales(struct span *s, const float *x, int64_t n) {
    const vf infinite = vf_set(INFINITY);
    for (int64_t b = 0; b < n / QUANTISE_BLOCK; b += VL) {
        vf most[VL];
        UNROLL(16)
        for (int i = 0; i < VL; i++)
            most[i] =
                (b + i) * QUANTISE_BLOCK < n ? largest(x + (b + i) * QUANTISE_BLOCK) : vf_zero();
        vf_transpose(most);
        UNROLL(16)
        for (int i = 1; i < VL; i++)
            most[0] = vf_max_bits(most[i], most[0]);
        vf by = vf_div(vf_set(127), most[0]), d = vf_div(most[0], vf_set(127));
        d = vf_select_less(by, infinite, d, vf_zero());
        vf_store(s->by + b, vf_select_less(by, infinite, by, vf_zero()));
        vf_store(s->d + b, vf_select_less(most[0], infinite, d, vf_set(NAN)));
    }
}

/* The sum of 16 numbers that become bytes, in the lanes. What is not finite becomes -128: the
 * second operand is what vf_max() makes of a NaN. */
SIMD_INLINE vf round_half(int8_t *q, const float *x, float by) {
    vf sum = vf_zero();
    UNROLL(4)
    for (int i = 0; i < HALF; i += VL) {
        vi v = vf_int(vf_max(vf_mul(vf_load(x + i), vf_set(by)), vf_set(-128)));
        vi_store_bytes(q + i, v);
        sum = vf_add(sum, vi_float(v));
    }
    return sum;
}

static void round_span(struct span *s, const float *x, int64_t n) {
    for (int64_t half = 0; half < n / HALF; half += VL) {
        vf sums[VL];
        UNROLL(16)
        for (int i = 0; i < VL; i++) {
            int64_t at = (half + i) * HALF;
            sums[i] = at < n ? round_half(s->q + at, x + at, s->by[(half + i) / 2]) : vf_zero();
        }
        vi_store(s->sums + half, vf_int(vf_sums(sums)));
    }
}

/* Row r of a group of `rows`, of which n numbers from k0 on are in the span. */
SIMD_INLINE void interleave(const struct quantised *x, const struct span *s, int64_t begin,
                            int rows, int r, int64_t k0, int64_t n) {
    int32_t *q = x->q + (begin * x->k + k0 * rows) / 4;
    int64_t block = (begin * x->k + k0 * rows) / QUANTISE_BLOCK + r;
    int32_t *start = x->start + (begin * x->k + k0 * rows) / x->width + r;
    for (int64_t i = 0; i < n / 4; i++)
        memcpy(q + quantise_word(x->width, rows, i, r), s->q + i * 4, sizeof(*q));
    for (int64_t i = 0; i < n / QUANTISE_BLOCK; i++) {
        int32_t two = s->sums[2 * i] + s->sums[2 * i + 1];
        x->d[block + i * rows] = s->d[i];
        x->least[block + i * rows] = -s->d[i] * (float)two;
        if (x->width == QUANTISE_BLOCK)
            start[i * rows] = -x->offset * two;
    }
    for (int64_t i = 0; x->width == HALF && i < n / HALF; i++)
        start[i * rows] = -x->offset * s->sums[i];
}

void NATIVE(quantise_rows)(const struct quantised *x, struct quantise_group g, const float *from,
                           int64_t stride) {
    struct span s;
    for (int64_t k = 0; k < x->k; k += SPAN)
        for (int r = 0; r < g.rows; r++) {
            int64_t n = x->k - k < SPAN ? x->k - k : SPAN;
            find_scales(&s, from + r * stride + k, n);
            round_span(&s, from + r * stride + k, n);
            if (g.rows == QUANTISE_ROWS)
                interleave(x, &s, g.begin, QUANTISE_ROWS, r, k, n);
            else
                interleave(x, &s, g.begin, g.rows, r, k, n);
        }
}
