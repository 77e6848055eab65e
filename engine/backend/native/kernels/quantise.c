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
    _Alignas(64) int32_t sums[SPAN / 4]; /* of four q each */
    _Alignas(64) float by[BLOCKS];       /* 1 / d */
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

/* The scales of n / 32 blocks: NaN where something is not finite, 0 where all is close to it. What
 * is read next is asked for meanwhile. */
static void find_scales(struct span *s, const float *x, int64_t n, const float *next) {
    enum { LINE = 16 };
    const vf infinite = vf_set(INFINITY);
    for (int64_t b = 0; b < n / QUANTISE_BLOCK; b += VL) {
        vf most[VL];
        for (int64_t i = 0; i < VL * QUANTISE_BLOCK; i += LINE)
            simd_prefetch_near((const char *)(next + b * QUANTISE_BLOCK + i));
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

/* What is not finite becomes -128: the second operand is what vf_max() makes of a NaN. */
SIMD_INLINE void round_half(int8_t *q, const float *x, float by) {
    UNROLL(4)
    for (int i = 0; i < HALF; i += VL)
        vi_store_bytes(q + i, vf_int(vf_max(vf_mul(vf_load(x + i), vf_set(by)), vf_set(-128))));
}

static void round_span(struct span *s, const float *x, int64_t n) {
    for (int64_t i = 0; i < n; i += QUANTISE_BLOCK) {
        round_half(s->q + i, x + i, s->by[i / QUANTISE_BLOCK]);
        round_half(s->q + i + HALF, x + i + HALF, s->by[i / QUANTISE_BLOCK]);
    }
    for (int64_t i = 0; i < n; i += 4 * VL)
        vi_store(s->sums + i / 4, vi_dot(vi_set(0), vi_set(0x01010101), vi_load(s->q + i)));
}

/* The sum of a half's q. */
SIMD_INLINE int32_t sum_of(const struct span *s, int64_t half) {
    const int32_t *sums = s->sums + half * (HALF / 4);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* A row's words, of which those of the other rows lie between. */
SIMD_INLINE void put_words(int8_t *to, const int8_t *q, int64_t n, int width, int rows) {
    for (int64_t i = 0; i < n; i += width, to += width * rows)
        memcpy(to, q + i, (size_t)width);
}

/* Row r of a group, of which n numbers from k0 on are in the span. */
static void put_row(const struct quantised *x, const struct span *s, struct quantise_group g, int r,
                    int64_t k0, int64_t n) {
    const struct quantised to = quantise_part(x, g.begin, g.rows, k0, x->width);
    int8_t *q = (int8_t *)to.q + r * x->width;
    if (x->width == QUANTISE_BLOCK)
        put_words(q, s->q, n, QUANTISE_BLOCK, g.rows);
    else
        put_words(q, s->q, n, HALF, g.rows);
    for (int64_t i = 0; i < n / QUANTISE_BLOCK; i++) {
        int32_t two = sum_of(s, 2 * i) + sum_of(s, 2 * i + 1);
        to.d[i * g.rows + r] = s->d[i];
        to.least[i * g.rows + r] = -s->d[i] * (float)two;
        if (x->width == QUANTISE_BLOCK)
            to.start[i * g.rows + r] = -x->offset * two;
    }
    for (int64_t i = 0; x->width == HALF && i < n / HALF; i++)
        to.start[i * g.rows + r] = -x->offset * sum_of(s, i);
}

/* What is read behind the span of row r at k: that of the next row, or of the first one, or the
 * next group; nothing new behind the last. */
static const float *behind(const struct quantised *x, struct quantise_group g, const float *from,
                           int64_t stride, int r, int64_t k) {
    if (r + 1 < g.rows)
        return from + (r + 1) * stride + k;
    if (k + SPAN < x->k)
        return from + k + SPAN;
    return g.begin + g.rows < x->n ? from + g.rows * stride : from;
}

void NATIVE(quantise_rows)(const struct quantised *x, struct quantise_group g, const float *from,
                           int64_t stride) {
    struct span s;
    for (int64_t k = 0; k < x->k; k += SPAN)
        for (int r = 0; r < g.rows; r++) {
            const float *at = from + r * stride + k;
            int64_t n = x->k - k < SPAN ? x->k - k : SPAN;
            find_scales(&s, at, n, behind(x, g, from, stride, r, k));
            round_span(&s, at, n);
            put_row(x, &s, g, r, k, n);
        }
}
