/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL of quantised weights. In panels: with x in bytes. As rows, which is how they stay when
 * exact results are asked for: with x in f32 and the weights widened. */
#include "engine/backend/native/kernels/blocks.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/panel.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"

struct job {
    struct rows x, out;
    struct blocks blocks;
};

/* Nobody else can read panels, so whatever x and out look like is taken: by way of a copy in rows
 * where they are none. */
bool NATIVE(blocks_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return call->in[1]->layout == TENSOR_PANELS;
}

static size_t copy_bytes(const struct tensor *t) {
    return shape_is_rows(t) ? 0 : shape_lines((size_t)tensor_count(t) * sizeof(float));
}

size_t NATIVE(blocks_scratch)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return quantise_bytes(tensor_rows(call->in[0]), tensor_row_len(call->in[0])) +
           copy_bytes(call->in[0]) + copy_bytes(call->out);
}

static void run_quantise(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    const struct quantised *x = &job->blocks.x;
    const float *rows = (const float *)(const void *)job->x.data;
    for (int64_t t = begin * QUANTISE_ROWS; t < end * QUANTISE_ROWS && t < x->n;) {
        struct quantise_group g = quantise_group(x->n, t);
        NATIVE(quantise_rows)(x, g, rows + g.begin * job->x.stride, job->x.stride);
        t += g.rows;
    }
}

static void run_panels(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    NATIVE(blocks_panels)(&job->blocks, begin, end);
}

/* One row of x: pieces long enough to stream. More: small ones, evenly shared. */
static int64_t grain(const struct device *dev, const struct tensor *w, int64_t n) {
    enum { STREAM_BYTES = 1 << 20 };
    int64_t panels = w->shape[0] / PANEL_ROWS, share = panels / pool_threads(dev->pool) + 1;
    int64_t bytes = (int64_t)dtype_bytes(w->dtype, w->shape[1]) * PANEL_ROWS;
    int64_t most = n > 1 ? 4 : STREAM_BYTES / (bytes + 1) + 1;
    return share < most ? share : most;
}

static void multiply(struct device *dev, struct job *job, void *room) {
    const struct tensor *w = job->blocks.w;
    job->blocks.out = (float *)(void *)job->out.data;
    job->blocks.out_stride = job->out.stride;
    quantise_place(&job->blocks.x, room, job->x.count, job->x.len);
    NATIVE(blocks_expect)(&job->blocks.x, w->dtype);
    pool_chunks(dev->pool, (job->x.count + QUANTISE_ROWS - 1) / QUANTISE_ROWS, 1, run_quantise,
                job);
    pool_chunks(dev->pool, w->shape[0] / PANEL_ROWS, grain(dev, w, job->x.count), run_panels, job);
    NATIVE(blocks_rest)(&job->blocks);
}

/* The tensor as rows; a contiguous one at *room, which moves on, where it is none. */
static struct tensor as_rows(const struct tensor *t, char **room) {
    struct tensor copy = *t;
    if (copy_bytes(t) > 0) {
        CHECK(tensor_init(&copy, DTYPE_F32, t->rank, t->shape) == 0);
        copy.data = *room;
        *room += copy_bytes(t);
    }
    return copy;
}

int NATIVE(matmul_blocks)(struct device *dev, const struct op_call *call) {
    struct job job = {
        .blocks = {.w = call->in[1], .ahead = dev->ahead_panels}
    };
    char *room = call->scratch;
    if (tensor_count(call->out) == 0)
        return 0;
    struct tensor x = as_rows(call->in[0], &room), out = as_rows(call->out, &room);
    if (x.data != call->in[0]->data)
        tensor_copy(&x, call->in[0]);
    (void)shape_rows(&job.x, &x);
    (void)shape_rows(&job.out, &out);
    multiply(dev, &job, room);
    if (out.data != call->out->data)
        tensor_copy(call->out, &out);
    return 0;
}
