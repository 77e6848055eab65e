/* SPDX-License-Identifier: Apache-2.0 */
/* ROPE. Two numbers of a head are a point that is turned by pos · inv_freq. The angle is rounded
 * to f32 first, because that is what the models were trained with: at position 10,000 the rounding
 * alone turns by up to 5e-4. */
#include <math.h>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/wide.h"
#include "engine/base/pool.h"

struct job {
    const struct op_call *call;
    int64_t heads, d, pairs;
};

/* cosines and sines of one position, and one head. */
static int64_t doubles_needed(const struct op_call *call) {
    return 2 * call->in[2]->shape[0] + 2 * call->in[0]->shape[2];
}

size_t cpu_rope_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, doubles_needed(call));
}

static void angles(const struct job *job, int64_t n, double *cosine, double *sine) {
    const struct tensor *pos = job->call->in[1], *freq = job->call->in[2];
    double scale = job->call->params.scale;
    float at = (float)((const int32_t *)pos->data)[n * pos->stride[0]];
    for (int64_t i = 0; i < job->pairs; i++) {
        float angle = at * ((const float *)freq->data)[i * freq->stride[0]];
        cosine[i] = cos((double)angle) * scale;
        sine[i] = sin((double)angle) * scale;
    }
}

static void turn(const struct job *job, double *out, const double *x, const double *cosine,
                 const double *sine) {
    bool half = job->call->params.rope_layout == ROPE_HALF;
    for (int64_t i = 0; i < job->pairs; i++) {
        int64_t a = half ? i : 2 * i, b = half ? i + job->pairs : 2 * i + 1;
        out[a] = x[a] * cosine[i] - x[b] * sine[i];
        out[b] = x[b] * cosine[i] + x[a] * sine[i];
    }
    for (int64_t i = 2 * job->pairs; i < job->d; i++)
        out[i] = x[i];
}

static void run_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *x = job->call->in[0], *out = job->call->out;
    double *cosine = wide_scratch_of(job->call, worker, doubles_needed(job->call));
    double *sine = cosine + job->pairs, *before = sine + job->pairs, *after = before + job->d;
    for (int64_t n = begin; n < end; n++) {
        angles(job, n, cosine, sine);
        for (int64_t row = n * job->heads; row < (n + 1) * job->heads; row++) {
            wide_load(before, tensor_row(x, row), x->dtype, tensor_row_stride(x), job->d);
            turn(job, after, before, cosine, sine);
            wide_store(tensor_row(out, row), tensor_row_stride(out), after, job->d);
        }
    }
}

int cpu_rope(struct device *dev, const struct op_call *call) {
    const struct tensor *x = call->in[0];
    struct job job = {call, x->shape[1], x->shape[2], call->in[2]->shape[0]};
    if (tensor_count(x) > 0)
        pool_rows(dev->pool, x->shape[0], run_rows, &job);
    return 0;
}
