/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL of f32, f16 and bf16 weights: gemv for a few rows of x, gemm for many. */
#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/kernels/gemm.h"
#include "engine/backend/native/kernels/gemv.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/shape.h"
#include "engine/backend/native/simd/tiles.h"
#include "engine/base/pool.h"

struct job {
    struct rows x, out;
    struct gemm gemm;
    struct gemv gemv;
    float *packed;  /* of the caller's scratch */
    float *rounded; /* x in bf16 */
    float *scratch; /* [threads][gemm_scratch()] */
};

bool NATIVE(matmul_accepts)(const struct device *dev, const struct op_call *call) {
    const struct tensor *x = call->in[0], *w = call->in[1];
    (void)dev;
    return shape_is_rows(x) && shape_is_rows(w) && shape_is_rows(call->out) && w->rank == 2;
}

static bool is_few(const struct op_call *call) {
    return tensor_rows(call->in[0]) <= GEMV_X && !dtype_is_block(call->in[1]->dtype);
}

size_t NATIVE(matmul_scratch)(const struct device *dev, const struct op_call *call) {
    int64_t n = tensor_rows(call->in[0]), k = tensor_row_len(call->in[0]);
    if (is_few(call))
        return (size_t)(n * gemv_arranged(k)) * sizeof(float);
    return (size_t)(gemm_packed(n, k) + gemm_scratch() * pool_threads(dev->pool)) * sizeof(float);
}

static void run_gemv(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    NATIVE(gemv_rows)(&job->gemv, begin, end);
}

static void multiply_few(struct device *dev, struct job *job, const struct tensor *w) {
    int64_t k = job->x.len, rows = job->out.len, pitch = (int64_t)dtype_bytes(w->dtype, k);
    int64_t share = rows / pool_threads(dev->pool) + 1, piece = GEMV_BYTES / (pitch + 1) + 1;
    for (int64_t t = 0; t < job->x.count; t++)
        NATIVE(gemv_arrange)
    (job->packed + t * gemv_arranged(k), (const float *)(void *)job->x.data + t * job->x.stride, k,
     w->dtype);
    job->gemv = (struct gemv){.x = job->packed,
                              .w = w,
                              .n = job->x.count,
                              .k = k,
                              .ahead = dev->ahead,
                              .out = (float *)(void *)job->out.data,
                              .out_stride = job->out.stride};
    pool_chunks(dev->pool, rows, share < piece ? share : piece, run_gemv, job);
}

static void run_pack(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    NATIVE(gemm_pack)
    (job->packed, (const float *)(void *)job->x.data, job->x.stride, job->x.count, job->x.len,
     begin, end);
}

static void run_gemm(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    for (int64_t m = begin; m < end; m += GEMM_BAND)
        NATIVE(gemm_band)
    (&job->gemm, m, end - m < GEMM_BAND ? end : m + GEMM_BAND,
     job->scratch + gemm_scratch() * worker);
}

static void multiply_many(struct device *dev, struct job *job, const struct tensor *w) {
    int64_t rows = job->out.len, share = rows / pool_threads(dev->pool);
    int64_t least = SIMD_TILES && job->gemm.pairs ? GEMM_ROWS : TILE_ROWS;
    job->scratch = job->packed + gemm_packed(job->x.count, job->x.len);
    job->gemm = (struct gemm){.pairs = job->gemm.pairs,
                              .x = job->packed,
                              .w = w,
                              .n = job->x.count,
                              .k = job->x.len,
                              .out = (float *)(void *)job->out.data,
                              .out_stride = job->out.stride};
    pool_chunks(dev->pool, (job->x.count + PANEL - 1) / PANEL, 1, run_pack, job);
    /* Whole bands, but not so few that threads go without. */
    pool_chunks(dev->pool, rows, share >= 4 * GEMM_BAND ? GEMM_BAND : least, run_gemm, job);
}

/* Rows of x rounded to bf16, two to a number: what the processor multiplies in one step. */
bool NATIVE(pairs_accepts)(const struct device *dev, const struct op_call *call) {
    if (!(VF_PAIRS || SIMD_TILES) || !dev->fast)
        return false;
    return tensor_rows(call->in[0]) > GEMV_X && tensor_row_len(call->in[0]) % 2 == 0 &&
           call->in[1]->stride[0] % 2 == 0 && NATIVE(matmul_accepts)(dev, call);
}

static int64_t rounded_floats(const struct op_call *call) {
    return (tensor_count(call->in[0]) / 2 + 15) / 16 * 16;
}

size_t NATIVE(pairs_scratch)(const struct device *dev, const struct op_call *call) {
    return NATIVE(matmul_scratch)(dev, call) + (size_t)rounded_floats(call) * sizeof(float);
}

static void run_round(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    for (int64_t t = begin; t < end; t++)
        convert_to_bf16((uint16_t *)(void *)job->rounded + t * job->x.len,
                        (const float *)(void *)job->x.data + t * job->x.stride, job->x.len);
}

int NATIVE(matmul_pairs)(struct device *dev, const struct op_call *call) {
    struct tensor w = *call->in[1];
    struct job job = {.rounded = call->scratch, .gemm = {.pairs = true}};
    if (tensor_count(call->out) == 0)
        return 0;
    job.packed = job.rounded + rounded_floats(call);
    (void)shape_rows(&job.x, call->in[0]);
    (void)shape_rows(&job.out, call->out);
    pool_chunks(dev->pool, job.x.count, 8, run_round, &job);
    job.x = (struct rows){(char *)job.rounded, job.x.count, job.x.len / 2, job.x.len / 2};
    w.dtype = DTYPE_F32;
    w.shape[1] /= 2;
    w.stride[0] /= 2;
    multiply_many(dev, &job, &w);
    return 0;
}

int NATIVE(matmul)(struct device *dev, const struct op_call *call) {
    const struct tensor *w = call->in[1];
    struct job job = {.packed = call->scratch};
    if (tensor_count(call->out) == 0)
        return 0;
    (void)shape_rows(&job.x, call->in[0]);
    (void)shape_rows(&job.out, call->out);
    (is_few(call) ? multiply_few : multiply_many)(dev, &job, w);
    return 0;
}
