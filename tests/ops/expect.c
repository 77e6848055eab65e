/* SPDX-License-Identifier: Apache-2.0 */
/* expect: the ops once more, from their definitions alone: one element of the result at a time,
 * in long double, every index spelled out. Slow, and nothing to do with how the engine does it. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/ops/blocks.h"
#include "tests/ops/trial.h"

typedef long double real;

/* The element at four indices; of a tensor of lower rank the first indices are not used. */
static real at(const struct tensor *t, int64_t i, int64_t j, int64_t k, int64_t l) {
    const int64_t index[4] = {i, j, k, l};
    int64_t offset = 0;
    for (int n = 0; n < t->rank; n++)
        offset += index[4 - t->rank + n] * t->stride[n];
    if (dtype_is_block(t->dtype))
        return blocks_at(t, offset);
    const char *p = (const char *)t->data + offset * (int64_t)dtype_size(t->dtype);
    switch (t->dtype) {
    case DTYPE_F32:
        return *(const float *)(const void *)p;
    case DTYPE_F16:
        return dtype_from_f16(*(const uint16_t *)(const void *)p);
    case DTYPE_BF16:
        return dtype_from_bf16(*(const uint16_t *)(const void *)p);
    case DTYPE_I32:
        return *(const int32_t *)(const void *)p;
    default:
        CHECK(t->dtype == DTYPE_U8);
        return *(const uint8_t *)p;
    }
}

static real one_argument(enum op op, real x, real scale) {
    switch (op) {
    case OP_SCALE:
        return x * scale;
    case OP_SILU:
        return x * (1 / (1 + expl(-x)));
    case OP_GELU:
        return x < -4 ? x * erfcl(-x / sqrtl(2)) / 2 : x * (1 + erfl(x / sqrtl(2))) / 2;
    case OP_GELU_TANH: { /* 1 + tanh u = 2 / (1 + e^-2u) */
        real u = sqrtl(2 / M_PIl) * (x + 0.044715L * powl(x, 3));
        return x / (1 + expl(-2 * u));
    }
    case OP_TANH:
        return tanhl(x);
    case OP_RELU:
        return isnan(x) || x > 0 ? x : 0;
    default:
        CHECK(false);
        return 0;
    }
}

static real normed(const struct trial_data *d, int64_t i, int64_t j, int64_t h) {
    const struct tensor *x = &d->in[0];
    int64_t H = x->shape[2];
    bool centered = d->call.op == OP_LAYER_NORM;
    real sum = 0, squares = 0;
    for (int64_t n = H - 1; n >= 0; n--)
        sum += at(x, 0, i, j, n);
    real mean = centered ? sum / H : 0;
    for (int64_t n = H - 1; n >= 0; n--)
        squares += powl(at(x, 0, i, j, n) - mean, 2);
    real y = (at(x, 0, i, j, h) - mean) * powl(squares / H + d->call.params.eps, -0.5L);
    return y * at(&d->in[1], 0, 0, 0, h) + (centered ? at(&d->in[2], 0, 0, 0, h) : 0);
}

/* p_h = 1 / sum over n of e^(x_n - x_h): no maximum is looked for. */
static real soft(const struct tensor *x, int64_t i, int64_t j, int64_t h) {
    real own = at(x, 0, i, j, h), sum = 0;
    for (int64_t n = 0; n < x->shape[2]; n++) {
        real other = at(x, 0, i, j, n);
        if (isnan(other) || (isinf(other) && other > 0))
            return NAN;
        if (!isinf(other))
            sum += expl(other - own);
    }
    return isinf(own) ? 0 : 1 / sum;
}

static real turned(const struct trial_data *d, int64_t n, int64_t head, int64_t i) {
    const struct tensor *x = &d->in[0];
    int64_t pairs = d->in[2].shape[0];
    bool half = d->call.params.rope_layout == ROPE_HALF;
    if (i >= 2 * pairs)
        return at(x, 0, n, head, i);
    int64_t pair = half ? i % pairs : i / 2;
    bool second = half ? i >= pairs : i % 2 == 1;
    int64_t other = half ? (second ? i - pairs : i + pairs) : (second ? i - 1 : i + 1);
    float angle = (float)at(&d->in[1], 0, 0, 0, n) * (float)at(&d->in[2], 0, 0, 0, pair);
    real own = at(x, 0, n, head, i) * cosl(angle), cross = at(x, 0, n, head, other) * sinl(angle);
    return (second ? own + cross : own - cross) * d->call.params.scale;
}

static bool sees(const struct trial_data *d, int past, int64_t b, int64_t t, int64_t s) {
    const struct op_params *p = &d->call.params;
    int64_t before = (int64_t)at(&d->in[past], 0, 0, 0, b), T = d->in[0].shape[1];
    bool seen = s < before + T;
    if (p->causal)
        seen = seen && s <= before + t;
    if (p->window)
        seen = seen && s > before + t - p->window;
    if (d->call.in[past + 1])
        seen = seen && at(&d->in[past + 1], 0, 0, b, s) != 0;
    if (d->call.in[past + 2])
        seen = seen && at(&d->in[past + 2], 0, b, t, s) != 0;
    return seen;
}

static real score(const struct trial_data *d, int64_t b, int64_t head, int64_t t, int64_t s) {
    const struct tensor *q = &d->in[0], *k = &d->in[1];
    int64_t group = q->shape[2] / k->shape[2];
    real sum = 0;
    for (int64_t i = q->shape[3] - 1; i >= 0; i--)
        sum += at(q, b, t, head, i) * at(k, b, s, head / group, i);
    return sum * d->call.params.scale;
}

/* All d numbers of one head share the scores. */
static void attend(const struct trial_data *d, double *want, int64_t b, int64_t t, int64_t head) {
    const struct tensor *v = &d->in[2];
    int64_t C = v->shape[1], n = v->shape[3], group = d->in[0].shape[2] / v->shape[2];
    real *scores = calloc((size_t)C + 1, sizeof(*scores));
    for (int64_t s = 0; s < C; s++)
        scores[s] = sees(d, 3, b, t, s) ? score(d, b, head, t, s) : -(real)INFINITY;
    for (int64_t i = 0; i < n; i++) {
        real sum = 0, total = 0, max = -(real)INFINITY;
        for (int64_t s = 0; s < C; s++)
            max = isnan(scores[s]) || scores[s] > max ? scores[s] : max;
        for (int64_t s = C - 1; s >= 0; s--)
            if (sees(d, 3, b, t, s) && !(isinf(max) && max < 0)) {
                real weight = expl(scores[s] - max);
                total += weight;
                sum += weight * at(v, b, s, head / group, i);
            }
        want[i] = total == 0 ? 0 : (double)(sum / total);
    }
    free(scores);
}

static void expect_attention(struct trial_data *d) {
    const int64_t *n = d->in[0].shape; /* B, T, Hq, d */
    for (int64_t b = 0; b < n[0]; b++)
        for (int64_t t = 0; t < n[1]; t++)
            for (int64_t head = 0; head < n[2]; head++)
                attend(d, d->want + ((b * n[1] + t) * n[2] + head) * n[3], b, t, head);
}

/* What a dtype makes of n floats, one or a block; conversions have a test of their own. */
static void round_all(float *x, enum dtype dtype, int64_t n) {
    uint64_t stored[32] = {0};
    dtype_convert(stored, dtype, x, DTYPE_F32, n);
    dtype_convert(x, DTYPE_F32, stored, dtype, n);
}

static real rounded(real x, enum dtype dtype) {
    float one = (float)x;
    round_all(&one, dtype, 1);
    return one;
}

/* x[b,t,h,e] as the cache keeps it: alone, or among those of its block. */
static real kept(const struct trial_data *d, int64_t b, int64_t t, int64_t h, int64_t e) {
    float x[32];
    enum dtype dtype = d->in[1].dtype;
    int64_t n = dtype_block(dtype), first = e / n * n;
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)at(&d->in[0], b, t, h, first + i);
    round_all(x, dtype, n);
    return x[e - first];
}

static void expect_kv_store(struct trial_data *d) {
    const struct tensor *x = &d->in[0], *cache = &d->in[1];
    const int64_t *n = cache->shape; /* B, C, heads, d */
    for (int64_t i = 0; i < tensor_count(cache); i++) {
        int64_t e = i % n[3], h = i / n[3] % n[2], s = i / n[3] / n[2] % n[1];
        int64_t b = i / n[3] / n[2] / n[1], t = s - (int64_t)at(&d->in[2], 0, 0, 0, b);
        bool is_new = t >= 0 && t < x->shape[1];
        d->want[i] = (double)(is_new ? kept(d, b, t, h, e) : (real)(float)at(cache, b, s, h, e));
    }
}

static real row_by_row(const struct trial_data *d, const struct tensor *w, int64_t j, int64_t k,
                       int64_t l) {
    const struct tensor *x = &d->in[0];
    real sum = 0;
    for (int64_t n = x->shape[2] - 1; n >= 0; n--)
        sum += at(x, 0, j, k, n) * at(w, 0, 0, l, n);
    return sum;
}

/* The matrix that column *l of a MATMULS belongs to, and which row of it. */
static const struct tensor *matrix_of(const struct trial_data *d, int64_t *l) {
    int i = 1;
    for (; *l >= d->in[i].shape[0]; i++)
        *l -= d->in[i].shape[0];
    return &d->in[i];
}

static real product(const struct trial_data *d, int64_t j, int64_t k, int64_t l) {
    const struct tensor *w = matrix_of(d, &l);
    return row_by_row(d, w, j, k, l);
}

/* One number of a result whose shape is [.., i, j, k, l]. */
static real expected(const struct trial_data *d, int64_t i, int64_t j, int64_t k, int64_t l) {
    const struct tensor *a = &d->in[0], *b = &d->in[1];
    real sum = 0;
    switch (d->call.op) {
    case OP_GET_ROWS: /* some blocks hold more bits than a float */
        return (float)at(a, 0, 0, (int64_t)at(b, 0, 0, 0, k), l);
    case OP_ADD:
        return at(a, 0, j, k, l) + at(b, 0, j, k, l);
    case OP_MUL:
        return at(a, 0, j, k, l) * at(b, 0, j, k, l);
    case OP_MATMUL:
        return row_by_row(d, b, j, k, l);
    case OP_MATMULS:
        return product(d, j, k, l);
    case OP_GATED:
        return one_argument(d->call.params.act, row_by_row(d, b, j, k, l), 0) *
               row_by_row(d, &d->in[2], j, k, l);
    case OP_RMS_NORM:
    case OP_LAYER_NORM:
        return normed(d, j, k, l);
    case OP_SOFTMAX:
        return soft(a, j, k, l);
    case OP_ROPE:
        return turned(d, j, k, l);
    case OP_ATTN_SCORES:
        return sees(d, 2, i, k, l) ? score(d, i, j, k, l) : -(real)INFINITY;
    case OP_ATTN_VALUES: { /* [B,T,Hq·d] */
        int64_t head = l / b->shape[3], group = a->shape[1] / b->shape[2];
        for (int64_t s = a->shape[3] - 1; s >= 0; s--)
            if (at(a, j, head, k, s) != 0)
                sum += at(a, j, head, k, s) * at(b, j, s, head / group, l % b->shape[3]);
        return sum;
    }
    case OP_COPY:
        return rounded(at(a, 0, j, k, l), d->call.params.dtype);
    default:
        return one_argument(d->call.op, at(a, 0, j, k, l), d->call.params.scale);
    }
}

void trial_expect(struct trial_data *d) {
    if (d->call.op == OP_ATTENTION) {
        expect_attention(d);
        return;
    }
    if (d->call.op == OP_KV_STORE) {
        expect_kv_store(d);
        return;
    }
    int64_t n[4] = {1, 1, 1, 1};
    for (int i = 0; i < d->out.rank; i++)
        n[4 - d->out.rank + i] = d->out.shape[i];
    for (int64_t e = 0; e < tensor_count(&d->out); e++)
        d->want[e] = (double)expected(d, e / n[3] / n[2] / n[1], e / n[3] / n[2] % n[1],
                                      e / n[3] % n[2], e % n[3]);
}

static void round_rows(const struct tensor *x, enum dtype dtype) {
    for (int64_t r = 0; r < tensor_rows(x); r++)
        for (int64_t i = 0; i < tensor_row_len(x); i++)
            round_all((float *)(void *)tensor_row(x, r) + i * tensor_row_stride(x), dtype, 1);
}

void trial_expect_rounded(struct trial_data *d, enum dtype dtype, double *want) {
    void *kept = xcalloc(d->size[0] + 1, 1);
    double *own = d->want;
    memcpy(kept, d->bytes[0], d->size[0]);
    if (tensor_count(&d->in[0]))
        round_rows(&d->in[0], dtype);
    d->want = want;
    trial_expect(d);
    d->want = own;
    memcpy(d->bytes[0], kept, d->size[0]);
    free(kept);
}

static real rounding(const struct tensor *x, const struct tensor *w, int64_t j, int64_t k,
                     int64_t l) {
    enum { BLOCK = 32 };
    real sum = 0;
    for (int64_t n = 0; n < x->shape[2]; n += BLOCK) {
        real largest = 0, weights = 0;
        for (int64_t i = n; i < n + BLOCK; i++) {
            largest = fmaxl(largest, fabsl(at(x, 0, j, k, i)));
            weights += fabsl(at(w, 0, 0, l, i));
        }
        sum += largest / 127 / 2 * weights;
    }
    return sum;
}

/* No activation is steeper than 1.13. */
static real gated_rounding(const struct trial_data *d, int64_t j, int64_t k, int64_t l) {
    const struct tensor *x = &d->in[0], *gate = &d->in[1], *up = &d->in[2];
    real of_gate = 1.13L * rounding(x, gate, j, k, l), of_up = rounding(x, up, j, k, l);
    real act = one_argument(d->call.params.act, row_by_row(d, gate, j, k, l), 0);
    return of_gate * (fabsl(row_by_row(d, up, j, k, l)) + of_up) + fabsl(act) * of_up;
}

static real rounding_of(const struct trial_data *d, int64_t j, int64_t k, int64_t l) {
    if (d->call.op == OP_GATED)
        return gated_rounding(d, j, k, l);
    const struct tensor *w = matrix_of(d, &l);
    return rounding(&d->in[0], w, j, k, l);
}

void trial_rounding(const struct trial_data *d, double *bound) {
    const int64_t *n = d->out.shape;
    for (int64_t j = 0; j < n[0]; j++)
        for (int64_t k = 0; k < n[1]; k++)
            for (int64_t l = 0; l < n[2]; l++)
                *bound++ = (double)rounding_of(d, j, k, l);
}
