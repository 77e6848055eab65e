/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of ATTENTION's composite that are not SOFTMAX. */
#include <math.h>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/visible.h"
#include "engine/backend/cpu/wide.h"
#include "engine/base/pool.h"

/* A query, a key, and the row of scores. */
static int64_t scores_doubles(const struct op_call *call) {
    return 2 * call->in[1]->shape[3] + call->in[1]->shape[1];
}

size_t cpu_attn_scores_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, scores_doubles(call));
}

/* Row (b, head, t) of the result. */
static void score_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    const struct tensor *q = call->in[0], *k = call->in[1], *out = call->out;
    int64_t T = q->shape[1], heads = q->shape[2], d = q->shape[3];
    int64_t C = k->shape[1], kv_heads = k->shape[2];
    double *query = wide_scratch_of(call, worker, scores_doubles(call));
    double *key = query + d, *score = key + d;
    for (int64_t row = begin; row < end; row++) {
        int64_t t = row % T, head = row / T % heads, b = row / T / heads;
        struct visible visible = visible_to(call, 2, b, t);
        wide_load(query, tensor_row(q, (b * T + t) * heads + head), q->dtype, tensor_row_stride(q),
                  d);
        for (int64_t s = 0; s < C; s++) {
            score[s] = -INFINITY;
            if (!visible_slot(&visible, s))
                continue;
            int64_t k_row = (b * C + s) * kv_heads + head / (heads / kv_heads);
            wide_load(key, tensor_row(k, k_row), k->dtype, tensor_row_stride(k), d);
            score[s] = wide_dot(query, key, d) * call->params.scale;
        }
        wide_store(tensor_row(out, row), tensor_row_stride(out), score, C);
    }
}

int cpu_attn_scores(struct device *dev, const struct op_call *call) {
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    struct op_call shared = *call;
    pool_rows(dev->pool, tensor_rows(call->out), score_rows, &shared);
    return 0;
}

/* The probabilities of a query, a value, and the sum. */
static int64_t values_doubles(const struct op_call *call) {
    return call->in[1]->shape[1] + 2 * call->in[1]->shape[3];
}

size_t cpu_attn_values_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, values_doubles(call));
}

/* Row (b, head, t) of the probabilities. */
static void value_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    const struct tensor *p = call->in[0], *v = call->in[1], *out = call->out;
    int64_t heads = p->shape[1], T = p->shape[2], C = p->shape[3];
    int64_t kv_heads = v->shape[2], d = v->shape[3], step = tensor_row_stride(out);
    double *weight = wide_scratch_of(call, worker, values_doubles(call));
    double *value = weight + C, *sum = value + d;
    for (int64_t row = begin; row < end; row++) {
        int64_t t = row % T, head = row / T % heads, b = row / T / heads;
        wide_load(weight, tensor_row(p, row), p->dtype, tensor_row_stride(p), C);
        for (int64_t i = 0; i < d; i++)
            sum[i] = 0;
        for (int64_t s = 0; s < C; s++) {
            if (weight[s] == 0) /* perhaps invisible, and then anything may be there */
                continue;
            int64_t v_row = (b * C + s) * kv_heads + head / (heads / kv_heads);
            wide_load(value, tensor_row(v, v_row), v->dtype, tensor_row_stride(v), d);
            for (int64_t i = 0; i < d; i++)
                sum[i] += weight[s] * value[i];
        }
        wide_store((float *)tensor_row(out, b * T + t) + head * d * step, step, sum, d);
    }
}

int cpu_attn_values(struct device *dev, const struct op_call *call) {
    struct op_call shared = *call;
    if (tensor_count(call->out) > 0)
        pool_rows(dev->pool, tensor_rows(call->in[0]), value_rows, &shared);
    return 0;
}
