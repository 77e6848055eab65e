/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/product.h"

#include "engine/backend/native/kernels/act.h"
#include "engine/backend/native/simd/simd.h"
#include "engine/base/pool.h"

struct job {
    const struct product *p;
    int64_t tile;       /* floats of one thread's */
    int64_t tile_width; /* of a row of it */
};

bool NATIVE(product_accepts)(const struct op_call *call, enum tensor_layout layout) {
    const struct tensor *first = call->in[1];
    if (!shape_is_rows(call->in[0]) || !shape_is_rows(call->out))
        return false;
    for (int i = 1; i <= op_matrices(call); i++) {
        const struct tensor *w = call->in[i];
        if (w->rank != 2 || w->layout != layout || w->dtype != first->dtype || !shape_is_rows(w))
            return false;
    }
    return true;
}

int64_t NATIVE(product_even)(const struct op_call *call, int threads, int64_t tile, int64_t most) {
    int64_t rows = product_rows(call), best = 0, least = 0;
    for (int64_t piece = most; piece >= tile; piece -= tile) {
        int64_t grain = product_grain(call, piece), pieces = (rows + grain - 1) / grain;
        int64_t busiest = (pieces + threads - 1) / threads * grain;
        if (best > 0 && busiest > least - least / 50)
            continue;
        best = grain;
        least = busiest;
    }
    return best;
}

/* w from a row on. */
static struct tensor from_row(const struct tensor *w, int64_t row) {
    struct tensor rest = *w;
    rest.data = (char *)w->data + tensor_offset(w, row * w->stride[0]);
    rest.shape[0] -= row;
    return rest;
}

static int64_t units_of(const struct product *p, const struct tensor *w) {
    return (w->shape[0] + p->unit - 1) / p->unit;
}

static void multiply(const struct product *p, const struct tensor *w, int64_t row, int64_t len,
                     float *out, int64_t stride, int worker) {
    const struct tensor rest = from_row(w, row);
    p->fn(p->arg, &rest, len, out, stride, worker);
}

/* Units begin ≤ u < end of all matrices, counted through. */
static void run_side_by_side(void *arg, int64_t begin, int64_t end, int worker) {
    const struct product *p = ((const struct job *)arg)->p;
    float *out = (float *)(void *)p->out.data;
    for (int i = 1; i <= op_matrices(p->call); i++) {
        const struct tensor *w = p->call->in[i];
        int64_t rows = w->shape[0], units = units_of(p, w);
        int64_t from = begin > 0 ? begin * p->unit : 0, to = end < units ? end * p->unit : rows;
        if (from < to)
            multiply(p, w, from, to - from, out + from, p->out.stride, worker);
        out += rows;
        begin -= units;
        end -= units;
    }
}

/* Rows of the gate go to a tile, those of up to their place, and there they meet. */
static void run_tile(const struct job *job, int64_t row, int64_t len, int worker) {
    const struct product *p = job->p;
    float *tile = p->tiles + job->tile * worker;
    float *out = (float *)(void *)p->out.data + row;
    multiply(p, p->call->in[1], row, len, tile, job->tile_width, worker);
    multiply(p, p->call->in[2], row, len, out, p->out.stride, worker);
    for (int64_t t = 0; t < p->out.count; t++) {
        float *gate = tile + t * job->tile_width, *up = out + t * p->out.stride;
        NATIVE(act_row)(p->call->params.act, gate, gate, len);
        for (int64_t i = 0; i < len; i += VL)
            vf_store_n(up + i, vf_mul(vf_load_n(gate + i, len - i), vf_load_n(up + i, len - i)),
                       len - i);
    }
}

static void run_gated(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    int64_t unit = job->p->unit, rows = job->p->out.len;
    int64_t from = begin * unit, to = end * unit < rows ? end * unit : rows;
    for (; from < to; from += job->tile_width)
        run_tile(job, from, to - from < job->tile_width ? to - from : job->tile_width, worker);
}

void NATIVE(product_run)(struct device *dev, struct product *p) {
    struct job job = {.p = p};
    int64_t units = 0;
    (void)shape_rows(&p->out, p->call->out);
    job.tile_width = p->grain < p->out.len ? p->grain : p->out.len;
    job.tile = (int64_t)(product_tiles(p->call, p->grain, 1) / sizeof(float));
    for (int i = 1; i <= op_matrices(p->call) && (i == 1 || p->call->op != OP_GATED); i++)
        units += units_of(p, p->call->in[i]);
    pool_chunks(dev->pool, units, p->grain / p->unit,
                p->call->op == OP_GATED ? run_gated : run_side_by_side, &job);
}
