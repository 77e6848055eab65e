/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that move rows and compute nothing. */
#include "engine/backend/cpu/kernels.h"
#include "engine/base/pool.h"

static void copy_row(const struct tensor *to, void *out, const struct tensor *from,
                     const void *in) {
    tensor_copy_row(out, to->dtype, tensor_row_stride(to), in, from->dtype, tensor_row_stride(from),
                    tensor_row_len(from));
}

static void get_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    const struct tensor *table = call->in[0], *ids = call->in[1];
    (void)worker;
    for (int64_t n = begin; n < end; n++) {
        int32_t id = ((const int32_t *)ids->data)[n * ids->stride[0]];
        copy_row(call->out, tensor_row(call->out, n), table, tensor_row(table, id));
    }
}

int cpu_get_rows(struct device *dev, const struct op_call *call) {
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    struct op_call shared = *call;
    pool_rows(dev->pool, call->out->shape[0], get_rows, &shared);
    return 0;
}

static void copy(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    (void)worker;
    for (int64_t row = begin; row < end; row++)
        copy_row(call->out, tensor_row(call->out, row), call->in[0], tensor_row(call->in[0], row));
}

int cpu_copy(struct device *dev, const struct op_call *call) {
    struct op_call shared = *call;
    if (tensor_count(call->out) > 0)
        pool_rows(dev->pool, tensor_rows(call->out), copy, &shared);
    return 0;
}

/* Row (b, t, head) of x goes to row (b, past[b] + t, head) of the cache. */
static void kv_store(void *arg, int64_t begin, int64_t end, int worker) {
    const struct op_call *call = arg;
    const struct tensor *x = call->in[0], *cache = call->out, *past = call->in[2];
    int64_t T = x->shape[1], heads = x->shape[2], C = cache->shape[1];
    (void)worker;
    for (int64_t row = begin; row < end; row++) {
        int64_t head = row % heads, t = row / heads % T, b = row / heads / T;
        int64_t slot = ((const int32_t *)past->data)[b * past->stride[0]] + t;
        copy_row(cache, tensor_row(cache, (b * C + slot) * heads + head), x, tensor_row(x, row));
    }
}

int cpu_kv_store(struct device *dev, const struct op_call *call) {
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->in[0]) == 0)
        return rc;
    struct op_call shared = *call;
    pool_rows(dev->pool, tensor_rows(call->in[0]), kv_store, &shared);
    return 0;
}
