/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/cpu/rowwise.h"

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/wide.h"
#include "engine/base/pool.h"

/* Inputs of the widest, LAYER_NORM. */
enum { INPUTS_MAX = 3 };

struct job {
    const struct op_call *call;
    rowwise_fn *fn;
    int64_t len;
};

static int64_t doubles_needed(const struct op_call *call) {
    return tensor_row_len(call->out) * (INPUTS_MAX + 1);
}

size_t cpu_row_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, doubles_needed(call));
}

static void run_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct op_call *call = job->call;
    double *out = wide_scratch_of(call, worker, doubles_needed(call));
    for (int64_t row = begin; row < end; row++) {
        const double *in[INPUTS_MAX] = {NULL};
        for (int i = 0; i < INPUTS_MAX && call->in[i]; i++) {
            const struct tensor *t = call->in[i];
            double *wide = out + job->len * (i + 1);
            wide_load(wide, tensor_row(t, t->rank == 1 ? 0 : row), t->dtype, tensor_row_stride(t),
                      job->len);
            in[i] = wide;
        }
        job->fn(out, in, job->len, &call->params);
        wide_store(tensor_row(call->out, row), tensor_row_stride(call->out), out, job->len);
    }
}

int rowwise_run(struct device *dev, const struct op_call *call, rowwise_fn *fn) {
    struct job job = {call, fn, tensor_row_len(call->out)};
    if (tensor_count(call->out) > 0)
        pool_rows(dev->pool, tensor_rows(call->out), run_rows, &job);
    return 0;
}
