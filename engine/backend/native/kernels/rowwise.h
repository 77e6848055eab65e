/* SPDX-License-Identifier: Apache-2.0 */
/* rowwise: ops whose result's row depends on one row of each input. */
#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/backend/native/simd/simd.h"
#include "engine/base/pool.h"
#include "engine/op/op.h"

enum { ROWWISE_INPUTS = 3 };

/* One row: in[0] is f32; in[1] and in[2], where there are any, of dtype. */
struct rowwise_row {
    float *out;
    const float *x;
    const void *in[ROWWISE_INPUTS];
    enum dtype dtype; /* of in[1] and in[2] */
    int64_t len;
    const struct op_params *params;
};
typedef void rowwise_fn(const struct rowwise_row *row);

struct rowwise_job {
    const struct op_call *call;
    rowwise_fn *fn;
    struct rows in[ROWWISE_INPUTS], out;
};

static inline void rowwise_range(void *arg, int64_t begin, int64_t end, int worker) {
    const struct rowwise_job *job = arg;
    struct rowwise_row row = {.len = job->out.len, .params = &job->call->params};
    (void)worker;
    for (int64_t r = begin; r < end; r++) {
        row.out = (float *)(void *)job->out.data + r * job->out.stride;
        row.x = (const float *)(void *)job->in[0].data + r * job->in[0].stride;
        for (int i = 1; i < ROWWISE_INPUTS && job->call->in[i]; i++) {
            const struct rows *in = &job->in[i];
            row.dtype = job->call->in[i]->dtype;
            row.in[i] =
                in->data + (in->count > 1 ? r * in->stride : 0) * (int64_t)dtype_size(row.dtype);
        }
        job->fn(&row);
    }
}

/* Rows enough in one chunk that sharing out pays. */
static inline int64_t rowwise_grain(int64_t len) {
    enum { NUMBERS = 8192 };
    return len > 0 && len < NUMBERS ? NUMBERS / len : 1;
}

static inline int rowwise_run(struct device *dev, const struct op_call *call, rowwise_fn *fn) {
    struct rowwise_job job = {.call = call, .fn = fn};
    if (tensor_count(call->out) == 0)
        return 0;
    (void)shape_rows(&job.out, call->out);
    for (int i = 0; i < ROWWISE_INPUTS && call->in[i]; i++)
        (void)shape_rows(&job.in[i], call->in[i]);
    pool_chunks(dev->pool, job.out.count, rowwise_grain(job.out.len), rowwise_range, &job);
    return 0;
}
