/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL and its kin of quantised weights. In panels: with x in bytes. As rows, which is how they
 * stay when exact results are asked for: with x in f32 and the weights widened. */
#include "engine/backend/native/kernels/blocks.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/product.h"
#include "engine/backend/native/panel.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"

struct job {
    struct rows x;
    struct blocks blocks;
    struct product product;
};

/* Nobody else can read panels, so a MATMUL is taken whatever x and out look like: by way of a copy
 * in rows where they are none. Its kin would be taken apart instead. */
bool NATIVE(blocks_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return call->op == OP_MATMUL ? call->in[1]->layout == TENSOR_PANELS
                                 : NATIVE(product_accepts)(call, TENSOR_PANELS);
}

static size_t copy_bytes(const struct tensor *t) {
    return shape_is_rows(t) ? 0 : shape_lines((size_t)tensor_count(t) * sizeof(float));
}

/* Rows in a piece. Few rows of x: pieces long enough to stream, of whole streams. More: small ones,
 * evenly shared. A gate and what it gates take turns as seldom as can be: each time what comes next
 * has not been asked for. */
static int64_t grain(const struct device *dev, const struct op_call *call) {
    enum { STREAM_BYTES = 1 << 20, TOGETHER = 4, TILE_BYTES = 1 << 18 };
    int64_t panels = product_rows(call) / PANEL_ROWS, share = panels / pool_threads(dev->pool) + 1;
    int64_t bytes =
        (int64_t)dtype_bytes(call->in[1]->dtype, tensor_row_len(call->in[0])) * PANEL_ROWS;
    int64_t most = STREAM_BYTES / (bytes + 1) + 1;
    int64_t n = tensor_rows(call->in[0]);
    if (call->op == OP_GATED)
        most = TILE_BYTES / (n * PANEL_ROWS * (int64_t)sizeof(float) + 1) + 1;
    else if (n > QUANTISE_FEW_MAX)
        most = TOGETHER;
    int64_t piece = share < most ? share : most;
    return (piece + TOGETHER - 1) / TOGETHER * TOGETHER * PANEL_ROWS;
}

size_t NATIVE(blocks_scratch)(const struct device *dev, const struct op_call *call) {
    return quantise_bytes(tensor_rows(call->in[0]), tensor_row_len(call->in[0])) +
           product_tiles(call, grain(dev, call), pool_threads(dev->pool)) +
           copy_bytes(call->in[0]) + copy_bytes(call->out);
}

static void run_quantise(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    const struct quantised *x = &job->blocks.x;
    const float *rows = (const float *)(const void *)job->x.data;
    for (int64_t t = begin * QUANTISE_ROWS; t < end * QUANTISE_ROWS && t < x->n;) {
        struct quantise_group g = quantise_group(x->n, t);
        if (g.begin == t) /* else it began in the piece before */
            NATIVE(quantise_rows)(x, g, rows + g.begin * job->x.stride, job->x.stride);
        t = g.begin + g.rows;
    }
}

/* Whole panels, and what may lie behind the last. */
static void run_panels(void *arg, const struct tensor *w, int64_t len, float *out, int64_t stride,
                       int worker) {
    struct blocks blocks = ((const struct job *)arg)->blocks;
    struct tensor part = *w;
    (void)worker;
    part.shape[0] = len;
    blocks.w = &part;
    blocks.out = out;
    blocks.out_stride = stride;
    NATIVE(blocks_panels)(&blocks, 0, len / PANEL_ROWS);
    NATIVE(blocks_rest)(&blocks);
}

static void multiply(struct device *dev, struct job *job, char *room) {
    const struct op_call *call = job->product.call;
    quantise_place(&job->blocks.x, room, job->x.count, job->x.len);
    room += quantise_bytes(job->x.count, job->x.len);
    job->product.fn = run_panels;
    job->product.arg = job;
    job->product.unit = PANEL_ROWS;
    job->product.grain = grain(dev, call);
    job->product.tiles = (float *)(void *)room;
    NATIVE(blocks_expect)(&job->blocks.x, call->in[1]->dtype);
    pool_chunks(dev->pool, (job->x.count + QUANTISE_ROWS - 1) / QUANTISE_ROWS, 1, run_quantise,
                job);
    NATIVE(product_run)(dev, &job->product);
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
        .blocks = {.ahead = dev->ahead, .few_streams = dev->few_streams, .band = dev->band}
    };
    struct op_call in_rows = *call;
    char *room = call->scratch;
    if (tensor_count(call->out) == 0)
        return 0;
    struct tensor x = as_rows(call->in[0], &room), out = as_rows(call->out, &room);
    if (x.data != call->in[0]->data)
        tensor_copy(&x, call->in[0]);
    in_rows.in[0] = &x;
    in_rows.out = &out;
    job.product.call = &in_rows;
    (void)shape_rows(&job.x, &x);
    multiply(dev, &job, room);
    if (out.data != call->out->data)
        tensor_copy(call->out, &out);
    return 0;
}
