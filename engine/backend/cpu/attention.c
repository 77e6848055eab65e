/* SPDX-License-Identifier: Apache-2.0 */
/* ATTENTION, whole: scores, softmax and values of one query at a time, nothing rounded between.
 * The composite of it (ATTN_SCORES, SOFTMAX, ATTN_VALUES) is in scores.c and norm.c. */
#include <math.h>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/visible.h"
#include "engine/backend/cpu/wide.h"
#include "engine/base/pool.h"

enum { Q, K, V, PAST };

/* One query head, and where its keys and values lie. */
struct query {
    struct visible visible;
    const char *k, *v;      /* slot 0 */
    int64_t k_slot, v_slot; /* bytes from slot to slot */
    double *q, *row, *sum;  /* [d] each */
    double *score;          /* [C] */
};

static int64_t doubles_needed(const struct op_call *call) {
    return 3 * call->in[K]->shape[3] + call->in[K]->shape[1];
}

size_t cpu_attention_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, doubles_needed(call));
}

/* The largest, or -inf when no slot is seen. */
static double score_slots(const struct op_call *call, const struct query *q) {
    const struct tensor *k = call->in[K];
    double max = -INFINITY;
    for (int64_t s = q->visible.begin; s < q->visible.end; s++) {
        if (!visible_slot(&q->visible, s))
            continue;
        wide_load(q->row, q->k + s * q->k_slot, k->dtype, tensor_row_stride(k), k->shape[3]);
        q->score[s] = wide_dot(q->q, q->row, k->shape[3]) * call->params.scale;
        if (!isnan(max) && !(q->score[s] <= max)) /* a NaN is kept: it is not nothing seen */
            max = q->score[s];
    }
    return max;
}

static void sum_values(const struct op_call *call, const struct query *q, double max) {
    const struct tensor *v = call->in[V];
    int64_t d = v->shape[3];
    double total = 0;
    for (int64_t s = q->visible.begin; s < q->visible.end; s++) {
        if (!visible_slot(&q->visible, s))
            continue;
        double weight = exp(q->score[s] - max);
        wide_load(q->row, q->v + s * q->v_slot, v->dtype, tensor_row_stride(v), d);
        total += weight;
        for (int64_t i = 0; i < d; i++)
            q->sum[i] += weight * q->row[i];
    }
    for (int64_t i = 0; i < d; i++)
        q->sum[i] /= total;
}

static const char *slot_zero(const struct tensor *t, int64_t b, int64_t head) {
    return (const char *)t->data + tensor_offset(t, b * t->stride[0] + head * t->stride[2]);
}

static int64_t slot_size(const struct tensor *t) {
    return tensor_offset(t, t->stride[1]);
}

static void run_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    const struct tensor *q = call->in[Q], *k = call->in[K], *v = call->in[V], *out = call->out;
    int64_t T = q->shape[1], heads = q->shape[2], d = q->shape[3];
    struct query query = {.q = wide_scratch_of(call, worker, doubles_needed(call)),
                          .k_slot = slot_size(k),
                          .v_slot = slot_size(v)};
    query.row = query.q + d;
    query.sum = query.row + d;
    query.score = query.sum + d;
    for (int64_t row = begin; row < end; row++) {
        int64_t head = row % heads, t = row / heads % T, b = row / heads / T;
        int64_t kv_head = head / (heads / k->shape[2]);
        query.visible = visible_to(call, PAST, b, t);
        query.k = slot_zero(k, b, kv_head);
        query.v = slot_zero(v, b, kv_head);
        wide_load(query.q, tensor_row(q, row), q->dtype, tensor_row_stride(q), d);
        for (int64_t i = 0; i < d; i++)
            query.sum[i] = 0;
        double max = score_slots(call, &query);
        if (max != -(double)INFINITY)
            sum_values(call, &query, max);
        int64_t step = tensor_row_stride(out);
        wide_store((float *)tensor_row(out, row / heads) + head * d * step, step, query.sum, d);
    }
}

int cpu_attention(struct device *dev, const struct op_call *call) {
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    struct op_call shared = *call;
    pool_rows(dev->pool, tensor_rows(call->in[Q]), run_rows, &shared);
    return 0;
}
