/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL: out[n,m] = sum over k of x[n,k] · w[m,k]. A product of two floats is exact in double, so
 * only the sum rounds. Four rows of w at a time meet all rows of x while they are in the cache. */
#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/wide.h"
#include "engine/base/pool.h"

enum { TILE = 4 };

struct job {
    const struct op_call *call;
    int64_t N, K;
    double *x; /* [N, K] */
};

static int64_t tile_doubles(const struct op_call *call) {
    return TILE * tensor_row_len(call->in[0]);
}

/* The threads' tiles lie in front, the widened x behind them. */
size_t cpu_matmul_scratch(const struct device *dev, const struct op_call *call) {
    return wide_scratch(dev, tile_doubles(call)) +
           (size_t)tensor_count(call->in[0]) * sizeof(double);
}

static void widen_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *x = job->call->in[0];
    (void)worker;
    for (int64_t n = begin; n < end; n++)
        wide_load(job->x + n * job->K, tensor_row(x, n), x->dtype, tensor_row_stride(x), job->K);
}

/* rows (1 to TILE) rows of w from row m on. */
static void multiply_tile(const struct job *job, const double *w, int64_t m, int rows) {
    const struct tensor *out = job->call->out;
    int64_t step = tensor_row_stride(out);
    for (int64_t n = 0; n < job->N; n++) {
        const double *x = job->x + n * job->K;
        double sum[TILE];
        if (rows == TILE)
            wide_dot4(sum, x, w, job->K);
        else
            for (int r = 0; r < rows; r++)
                sum[r] = wide_dot(x, w + r * job->K, job->K);
        wide_store((float *)tensor_row(out, n) + m * step, step, sum, rows);
    }
}

static void multiply(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct tensor *w = job->call->in[1];
    double *tile = wide_scratch_of(job->call, worker, tile_doubles(job->call));
    for (int64_t m = begin; m < end; m += TILE) {
        int rows = end - m < TILE ? (int)(end - m) : TILE;
        for (int r = 0; r < rows; r++)
            wide_load(tile + r * job->K, tensor_row(w, m + r), w->dtype, tensor_row_stride(w),
                      job->K);
        multiply_tile(job, tile, m, rows);
    }
}

int cpu_matmul(struct device *dev, const struct op_call *call) {
    if (tensor_count(call->out) == 0)
        return 0;
    struct job job = {
        .call = call,
        .N = tensor_rows(call->out),
        .K = tensor_row_len(call->in[0]),
        .x = (double *)((char *)call->scratch + wide_scratch(dev, tile_doubles(call))),
    };
    pool_rows(dev->pool, job.N, widen_rows, &job);
    pool_rows(dev->pool, tensor_row_len(call->out), multiply, &job);
    return 0;
}
