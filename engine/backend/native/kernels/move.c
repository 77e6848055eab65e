/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that move rows and compute nothing. */
#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/rowwise.h"
#include "engine/backend/native/panel.h"

struct job {
    const struct op_call *call;
    struct rows from, to;
};

static void move_to(const struct job *job, void *target, int64_t from) {
    enum dtype in = job->call->in[0]->dtype, out = job->call->out->dtype;
    const void *source = rowwise_at(job->call->in[0], &job->from, from);
    if (out == DTYPE_F32 && (DTYPE_BIT(in) & DTYPES_STORAGE))
        convert_widen(target, source, in, job->from.len);
    else if (out == DTYPE_F16 && in == DTYPE_F32)
        convert_to_f16(target, source, job->from.len);
    else
        dtype_convert(target, out, source, in, job->from.len);
}

static void move(const struct job *job, int64_t to, int64_t from) {
    move_to(job, rowwise_at(job->call->out, &job->to, to), from);
}

bool NATIVE(move_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return tensor_row_stride(call->in[0]) == 1 && tensor_row_stride(call->out) == 1;
}

static void get_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *ids = job->call->in[1];
    (void)worker;
    for (int64_t n = begin; n < end; n++)
        move(job, n, ((const int32_t *)ids->data)[n * ids->stride[0]]);
}

int NATIVE(get_rows)(struct device *dev, const struct op_call *call) {
    struct job job = {.call = call};
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    rowwise_rows(&job.from, call->in[0]);
    rowwise_rows(&job.to, call->out);
    pool_chunks(dev->pool, call->out->shape[0], rowwise_grain(job.to.len), get_rows, &job);
    return 0;
}

/* In panels, a row is put together first, in scratch of the op's own. */
static void get_block_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *table = job->call->in[0], *ids = job->call->in[1];
    unsigned char *blocks = (unsigned char *)job->call->scratch +
                            dtype_bytes(table->dtype, job->to.len) * (size_t)worker;
    for (int64_t n = begin; n < end; n++) {
        int32_t id = ((const int32_t *)ids->data)[n * ids->stride[0]];
        const void *row = blocks;
        if (table->layout == TENSOR_PANELS)
            panel_row(blocks, table, id);
        else
            row = tensor_row(table, id);
        dtype_convert(rowwise_at(job->call->out, &job->to, n), DTYPE_F32, row, table->dtype,
                      job->to.len);
    }
}

size_t NATIVE(block_rows_scratch)(const struct device *dev, const struct op_call *call) {
    return dtype_bytes(call->in[0]->dtype, call->in[0]->shape[1]) * (size_t)pool_threads(dev->pool);
}

int NATIVE(get_block_rows)(struct device *dev, const struct op_call *call) {
    struct job job = {.call = call};
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    rowwise_rows(&job.to, call->out);
    pool_chunks(dev->pool, call->out->shape[0], rowwise_grain(job.to.len), get_block_rows, &job);
    return 0;
}

static void copy(void *arg, int64_t begin, int64_t end, int worker) {
    (void)worker;
    for (int64_t row = begin; row < end; row++)
        move(arg, row, row);
}

int NATIVE(copy)(struct device *dev, const struct op_call *call) {
    struct job job = {.call = call};
    if (tensor_count(call->out) == 0)
        return 0;
    rowwise_rows(&job.from, call->in[0]);
    rowwise_rows(&job.to, call->out);
    pool_chunks(dev->pool, job.to.count, rowwise_grain(job.to.len), copy, &job);
    return 0;
}

/* Row (b, t, head) of x goes to row (b, past[b] + t, head) of the cache. */
static void kv_store(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *x = job->call->in[0], *past = job->call->in[2], *cache = job->call->out;
    int64_t T = x->shape[1], heads = x->shape[2];
    (void)worker;
    for (int64_t row = begin; row < end; row++) {
        int64_t head = row % heads, t = row / heads % T, b = row / heads / T;
        int64_t slot = ((const int32_t *)past->data)[b * past->stride[0]] + t;
        int64_t at = b * cache->stride[0] + slot * cache->stride[1] + head * cache->stride[2];
        move_to(job, (char *)cache->data + tensor_offset(cache, at), row);
    }
}

int NATIVE(kv_store)(struct device *dev, const struct op_call *call) {
    struct job job = {.call = call};
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->in[0]) == 0)
        return rc;
    rowwise_rows(&job.from, call->in[0]);
    pool_chunks(dev->pool, job.from.count, rowwise_grain(job.from.len), kv_store, &job);
    return 0;
}
