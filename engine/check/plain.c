/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/plain.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/check/numbers.h"

typedef long double real;

/* The element at four indices; of a tensor of lower rank the first indices are not used. */
static real at(const struct plain *p, int t, int64_t i, int64_t j, int64_t k, int64_t l) {
    const int64_t *stride = p->stride[t];
    return (real)p->in[t][i * stride[0] + j * stride[1] + k * stride[2] + l * stride[3]];
}

static double integer(enum dtype dtype, const uint8_t *p) {
    CHECK(dtype == DTYPE_I32 || dtype == DTYPE_U8);
    return dtype == DTYPE_U8 ? (double)*p : (double)*(const int32_t *)(const void *)p;
}

void plain_read(struct plain *p, int i) {
    const struct tensor *t = p->call->in[i];
    int64_t rows = tensor_count(t) ? tensor_rows(t) : 0, len = tensor_row_len(t);
    double *out = p->in[i];
    for (int64_t r = 0; r < rows; r++, out += len) {
        const uint8_t *row = tensor_row(t, r);
        if (dtype_is_block(t->dtype)) {
            numbers_read(out, NULL, t->dtype, row, len);
            continue;
        }
        for (int64_t n = 0; n < len; n++) {
            const uint8_t *from = row + n * tensor_row_stride(t) * (int64_t)dtype_size(t->dtype);
            if (t->dtype == DTYPE_F32)
                out[n] = (double)*(const float *)(const void *)from;
            else if (numbers_can(t->dtype))
                numbers_read(out + n, NULL, t->dtype, from, 1);
            else
                out[n] = integer(t->dtype, from);
        }
    }
}

void plain_init(struct plain *p, const struct op_call *call) {
    *p = (struct plain){.call = call};
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        const struct tensor *t = call->in[i];
        int64_t step = 1;
        if (!t)
            continue;
        CHECK(t->layout == TENSOR_ROWS && t->rank <= 4);
        for (int d = 3; d >= 0; d--) {
            bool is_there = d >= 4 - t->rank;
            p->shape[i][d] = is_there ? t->shape[d - 4 + t->rank] : 1;
            p->stride[i][d] = is_there ? step : 0;
            step *= p->shape[i][d];
        }
        p->in[i] = xcalloc((size_t)tensor_count(t) + 1, sizeof(double));
        plain_read(p, i);
    }
}

void plain_done(struct plain *p) {
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        free(p->in[i]);
    *p = (struct plain){0};
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

static real normed(const struct plain *p, int64_t i, int64_t j, int64_t h) {
    int64_t H = p->shape[0][3];
    bool centered = p->call->op == OP_LAYER_NORM;
    real sum = 0, squares = 0;
    for (int64_t n = H - 1; n >= 0; n--)
        sum += at(p, 0, 0, i, j, n);
    real mean = centered ? sum / H : 0;
    for (int64_t n = H - 1; n >= 0; n--)
        squares += (at(p, 0, 0, i, j, n) - mean) * (at(p, 0, 0, i, j, n) - mean);
    real y = (at(p, 0, 0, i, j, h) - mean) * powl(squares / H + p->call->params.eps, -0.5L);
    return y * at(p, 1, 0, 0, 0, h) + (centered ? at(p, 2, 0, 0, 0, h) : 0);
}

/* p_h = 1 / sum over n of e^(x_n - x_h): no maximum is looked for. */
static real soft(const struct plain *p, int64_t i, int64_t j, int64_t k, int64_t h) {
    real own = at(p, 0, i, j, k, h), sum = 0;
    for (int64_t n = 0; n < p->shape[0][3]; n++) {
        real other = at(p, 0, i, j, k, n);
        if (isnan(other) || (isinf(other) && other > 0))
            return NAN;
        if (!isinf(other))
            sum += expl(other - own);
    }
    return isinf(own) ? 0 : 1 / sum;
}

static real turned(const struct plain *p, int64_t n, int64_t head, int64_t i) {
    int64_t pairs = p->shape[2][3];
    bool half = p->call->params.rope_layout == ROPE_HALF;
    if (i >= 2 * pairs)
        return at(p, 0, 0, n, head, i);
    int64_t pair = half ? i % pairs : i / 2;
    bool second = half ? i >= pairs : i % 2 == 1;
    int64_t other = half ? (second ? i - pairs : i + pairs) : (second ? i - 1 : i + 1);
    float angle = (float)at(p, 1, 0, 0, 0, n) * (float)at(p, 2, 0, 0, 0, pair);
    real own = at(p, 0, 0, n, head, i) * cosl(angle);
    real cross = at(p, 0, 0, n, head, other) * sinl(angle);
    return (second ? own + cross : own - cross) * p->call->params.scale;
}

static bool sees(const struct plain *p, int past, int64_t b, int64_t t, int64_t s) {
    const struct op_params *params = &p->call->params;
    int64_t before = (int64_t)at(p, past, 0, 0, 0, b), T = p->shape[0][1];
    bool seen = s < before + T;
    if (params->causal)
        seen = seen && s <= before + t;
    if (params->window)
        seen = seen && s > before + t - params->window;
    if (p->in[past + 1])
        seen = seen && at(p, past + 1, 0, 0, b, s) != 0;
    if (p->in[past + 2])
        seen = seen && at(p, past + 2, 0, b, t, s) != 0;
    return seen;
}

static real score(const struct plain *p, int64_t b, int64_t head, int64_t t, int64_t s) {
    int64_t group = p->shape[0][2] / p->shape[1][2];
    real sum = 0;
    for (int64_t i = p->shape[0][3] - 1; i >= 0; i--)
        sum += at(p, 0, b, t, head, i) * at(p, 1, b, s, head / group, i);
    return sum * p->call->params.scale;
}

/* All d numbers of one head share the scores. */
static void attend(const struct plain *p, double *want, int64_t b, int64_t t, int64_t head) {
    int64_t C = p->shape[2][1], n = p->shape[2][3], group = p->shape[0][2] / p->shape[2][2];
    real *weights = xcalloc((size_t)C + 1, sizeof(*weights)), max = -(real)INFINITY, total = 0;
    bool *seen = xcalloc((size_t)C + 1, sizeof(*seen));
    for (int64_t s = 0; s < C; s++) {
        seen[s] = sees(p, 3, b, t, s);
        weights[s] = seen[s] ? score(p, b, head, t, s) : -(real)INFINITY;
        max = isnan(weights[s]) || weights[s] > max ? weights[s] : max;
    }
    bool nothing = isinf(max) && max < 0;
    for (int64_t s = 0; s < C; s++) {
        seen[s] = seen[s] && !nothing;
        weights[s] = seen[s] ? expl(weights[s] - max) : 0;
        total += weights[s];
    }
    for (int64_t i = 0; i < n; i++) {
        real sum = 0;
        for (int64_t s = C - 1; s >= 0; s--)
            if (seen[s])
                sum += weights[s] * at(p, 2, b, s, head / group, i);
        want[i] = total == 0 ? 0 : (double)(sum / total);
    }
    free(weights);
    free(seen);
}

static void plain_attention(const struct plain *p, double *want) {
    const int64_t *n = p->shape[0]; /* B, T, Hq, d */
    for (int64_t b = 0; b < n[0]; b++)
        for (int64_t t = 0; t < n[1]; t++)
            for (int64_t head = 0; head < n[2]; head++)
                attend(p, want + ((b * n[1] + t) * n[2] + head) * n[3], b, t, head);
}

/* What a dtype makes of n floats, one or a block; conversions have tests of their own. */
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
static real kept(const struct plain *p, int64_t b, int64_t t, int64_t h, int64_t e) {
    float x[32];
    enum dtype dtype = p->call->in[1]->dtype;
    int64_t n = dtype_block(dtype), first = e / n * n;
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)at(p, 0, b, t, h, first + i);
    round_all(x, dtype, n);
    return x[e - first];
}

static void plain_kv_store(const struct plain *p, double *want) {
    const int64_t *n = p->shape[1]; /* B, C, heads, d */
    for (int64_t i = 0; i < n[0] * n[1] * n[2] * n[3]; i++) {
        int64_t e = i % n[3], h = i / n[3] % n[2], s = i / n[3] / n[2] % n[1];
        int64_t b = i / n[3] / n[2] / n[1], t = s - (int64_t)at(p, 2, 0, 0, 0, b);
        bool is_new = t >= 0 && t < p->shape[0][1];
        want[i] = (double)(is_new ? kept(p, b, t, h, e) : (real)(float)at(p, 1, b, s, h, e));
    }
}

static real row_by_row(const struct plain *p, int w, int64_t j, int64_t k, int64_t l) {
    const double *x = p->in[0] + j * p->stride[0][1] + k * p->stride[0][2];
    const double *row = p->in[w] + l * p->stride[w][2];
    real a = 0, b = 0, c = 0, d = 0; /* four sums take a third of the time of one */
    int64_t n = 0, len = p->shape[0][3];
    for (; n + 4 <= len; n += 4) {
        a += (real)x[n] * (real)row[n];
        b += (real)x[n + 1] * (real)row[n + 1];
        c += (real)x[n + 2] * (real)row[n + 2];
        d += (real)x[n + 3] * (real)row[n + 3];
    }
    for (; n < len; n++)
        a += (real)x[n] * (real)row[n];
    return (a + b) + (c + d);
}

/* The matrix that column *l of a MATMULS belongs to, and which row of it. */
static int matrix_of(const struct plain *p, int64_t *l) {
    int i = 1;
    for (; *l >= p->shape[i][2]; i++)
        *l -= p->shape[i][2];
    return i;
}

static real product(const struct plain *p, int64_t j, int64_t k, int64_t l) {
    int w = matrix_of(p, &l);
    return row_by_row(p, w, j, k, l);
}

/* One number of a result whose shape is [.., i, j, k, l]. */
static real result(const struct plain *p, int64_t i, int64_t j, int64_t k, int64_t l) {
    const struct op_params *params = &p->call->params;
    real sum = 0;
    switch (p->call->op) {
    case OP_GET_ROWS: /* some blocks hold more bits than a float */
        return (float)at(p, 0, 0, 0, (int64_t)at(p, 1, 0, 0, 0, k), l);
    case OP_ADD:
        return at(p, 0, i, j, k, l) + at(p, 1, i, j, k, l);
    case OP_MUL:
        return at(p, 0, i, j, k, l) * at(p, 1, i, j, k, l);
    case OP_MATMUL:
    case OP_MATMULS:
        return product(p, j, k, l);
    case OP_GATED:
        return one_argument(params->act, row_by_row(p, 1, j, k, l), 0) * row_by_row(p, 2, j, k, l);
    case OP_RMS_NORM:
    case OP_LAYER_NORM:
        return normed(p, j, k, l);
    case OP_SOFTMAX:
        return soft(p, i, j, k, l);
    case OP_ROPE:
        return turned(p, j, k, l);
    case OP_ATTN_SCORES:
        return sees(p, 2, i, k, l) ? score(p, i, j, k, l) : -(real)INFINITY;
    case OP_ATTN_VALUES: { /* [B,T,Hq·d] */
        int64_t d = p->shape[1][3], head = l / d, group = p->shape[0][1] / p->shape[1][2];
        for (int64_t s = p->shape[0][3] - 1; s >= 0; s--)
            if (at(p, 0, j, head, k, s) != 0)
                sum += at(p, 0, j, head, k, s) * at(p, 1, j, s, head / group, l % d);
        return sum;
    }
    case OP_COPY:
        return rounded(at(p, 0, i, j, k, l), params->dtype);
    default:
        return one_argument(p->call->op, at(p, 0, i, j, k, l), params->scale);
    }
}

void plain_op(const struct plain *p, double *want) {
    const struct tensor *out = p->call->out;
    int64_t n[4] = {1, 1, 1, 1};
    if (p->call->op == OP_ATTENTION) {
        plain_attention(p, want);
        return;
    }
    if (p->call->op == OP_KV_STORE) {
        plain_kv_store(p, want);
        return;
    }
    for (int i = 0; i < out->rank; i++)
        n[4 - out->rank + i] = out->shape[i];
    for (int64_t e = 0; e < tensor_count(out); e++)
        want[e] = (double)result(p, e / n[3] / n[2] / n[1], e / n[3] / n[2] % n[1], e / n[3] % n[2],
                                 e % n[3]);
}

/* ---- what eight bits of x may do ---- */

static real rounding(const struct plain *p, int w, int64_t j, int64_t k, int64_t l) {
    enum { BLOCK = 32 };
    const double *x = p->in[0] + j * p->stride[0][1] + k * p->stride[0][2];
    const double *row = p->in[w] + l * p->stride[w][2];
    real sum = 0;
    for (int64_t n = 0; n < p->shape[0][3]; n += BLOCK) {
        double largest = 0, weights = 0;
        for (int64_t i = n; i < n + BLOCK; i++) {
            largest = fabs(x[i]) > largest ? fabs(x[i]) : largest;
            weights += fabs(row[i]);
        }
        sum += (real)largest / 127 / 2 * weights;
    }
    return sum;
}

/* No activation is steeper than 1.13. */
static real gated_rounding(const struct plain *p, int64_t j, int64_t k, int64_t l) {
    real of_gate = 1.13L * rounding(p, 1, j, k, l), of_up = rounding(p, 2, j, k, l);
    real act = one_argument(p->call->params.act, row_by_row(p, 1, j, k, l), 0);
    return of_gate * (fabsl(row_by_row(p, 2, j, k, l)) + of_up) + fabsl(act) * of_up;
}

static real rounding_of(const struct plain *p, int64_t j, int64_t k, int64_t l) {
    if (p->call->op == OP_GATED)
        return gated_rounding(p, j, k, l);
    int w = matrix_of(p, &l);
    return rounding(p, w, j, k, l);
}

void plain_rounding(const struct plain *p, double *bound) {
    int64_t len = tensor_row_len(p->call->out);
    for (int64_t j = 0; j < p->shape[0][1]; j++)
        for (int64_t k = 0; k < p->shape[0][2]; k++)
            for (int64_t l = 0; l < len; l++)
                *bound++ = (double)rounding_of(p, j, k, l);
}
