/* SPDX-License-Identifier: Apache-2.0 */
/* rowwise: ops whose result's row depends on one row of each input. */
#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/backend/native/simd/simd.h"
#include "engine/base/pool.h"
#include "engine/op/op.h"

enum { ROWWISE_INPUTS = 3, ROWWISE_AHEAD = 1024 /* numbers */ };

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

/* Row r, or the only one. */
static inline void *rowwise_at(const struct tensor *t, const struct rows *rows, int64_t r) {
    if (rows->count <= 1)
        return t->data;
    if (rows->stride < 0) /* slices of something wider: not at one distance */
        return tensor_row(t, r);
    return rows->data + r * rows->stride * (int64_t)dtype_size(t->dtype);
}

/* A row comes from farther away than the first cache: it is asked for while others are worked on.
 */
static inline void rowwise_fetch(const struct rowwise_job *job, int64_t r) {
    enum { LINE = 16 };
    const float *row = rowwise_at(job->call->in[0], &job->in[0], r);
    for (int64_t i = 0; i < job->out.len; i += LINE)
        simd_prefetch_near(row + i);
}

static inline void rowwise_range(void *arg, int64_t begin, int64_t end, int worker) {
    const struct rowwise_job *job = arg;
    const struct op_call *call = job->call;
    struct rowwise_row row = {.len = job->out.len, .params = &call->params};
    int64_t ahead = row.len > 0 ? 1 + ROWWISE_AHEAD / row.len : 1;
    (void)worker;
    for (int64_t r = begin; r < end; r++) {
        if (r + ahead < end)
            rowwise_fetch(job, r + ahead);
        row.out = rowwise_at(call->out, &job->out, r);
        row.x = rowwise_at(call->in[0], &job->in[0], r);
        for (int i = 1; i < ROWWISE_INPUTS && call->in[i]; i++) {
            row.dtype = call->in[i]->dtype;
            row.in[i] = rowwise_at(call->in[i], &job->in[i], r);
        }
        job->fn(&row);
    }
}

static inline void rowwise_rows(struct rows *out, const struct tensor *t) {
    if (!shape_rows(out, t))
        out->stride = -1;
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
    rowwise_rows(&job.out, call->out);
    for (int i = 0; i < ROWWISE_INPUTS && call->in[i]; i++)
        rowwise_rows(&job.in[i], call->in[i]);
    pool_chunks(dev->pool, job.out.count, rowwise_grain(job.out.len), rowwise_range, &job);
    return 0;
}
