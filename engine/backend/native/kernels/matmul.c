/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL and its kin of f32, f16 and bf16 weights: gemv for a few rows of x, gemm for many. */
#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/kernels/gemm.h"
#include "engine/backend/native/kernels/gemv.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/product.h"
#include "engine/backend/native/simd/tiles.h"
#include "engine/base/pool.h"

struct job {
    struct rows x;
    struct gemm gemm;
    struct gemv gemv;
    struct product product;
    float *packed;  /* of the caller's scratch */
    float *rounded; /* x in bf16 */
    float *scratch; /* [threads][gemm_scratch()] */
};

bool NATIVE(matmul_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return NATIVE(product_accepts)(call, TENSOR_ROWS);
}

static bool is_few(const struct op_call *call) {
    return tensor_rows(call->in[0]) <= GEMV_X && !dtype_is_block(call->in[1]->dtype);
}

/* One row of x: pieces long enough to stream. */
static int64_t grain_few(const struct device *dev, const struct op_call *call) {
    int64_t pitch = (int64_t)dtype_bytes(call->in[1]->dtype, tensor_row_len(call->in[0]));
    int64_t share = product_rows(call) / pool_threads(dev->pool) + 1;
    int64_t piece = GEMV_BYTES / (pitch + 1) + 1;
    return product_grain(call, share < piece ? share : piece);
}

static int64_t grain_many(const struct device *dev, const struct op_call *call, bool pairs) {
    int64_t tile = SIMD_TILES && pairs ? GEMM_ROWS : TILE_ROWS;
    return NATIVE(product_even)(call, pool_threads(dev->pool), tile, GEMM_BAND);
}

static int64_t grain_of(const struct device *dev, const struct op_call *call) {
    return is_few(call) ? grain_few(dev, call) : grain_many(dev, call, false);
}

/* Floats in front of the tiles, on whole lines. */
static int64_t packed_floats(const struct device *dev, const struct op_call *call) {
    int64_t n = tensor_rows(call->in[0]), k = tensor_row_len(call->in[0]);
    int64_t floats = is_few(call) ? n * gemv_arranged(k)
                                  : gemm_packed(n, k) + gemm_scratch() * pool_threads(dev->pool);
    return (floats + 15) / 16 * 16;
}

size_t NATIVE(matmul_scratch)(const struct device *dev, const struct op_call *call) {
    return (size_t)packed_floats(dev, call) * sizeof(float) +
           product_tiles(call, grain_of(dev, call), pool_threads(dev->pool));
}

static void run_gemv(void *arg, const struct tensor *w, int64_t len, float *out, int64_t stride,
                     int worker) {
    struct gemv gemv = ((const struct job *)arg)->gemv;
    (void)worker;
    gemv.w = w;
    gemv.out = out;
    gemv.out_stride = stride;
    NATIVE(gemv_rows)(&gemv, 0, len);
}

static void multiply_few(struct device *dev, struct job *job) {
    enum dtype dtype = job->product.call->in[1]->dtype;
    int64_t k = job->x.len;
    for (int64_t t = 0; t < job->x.count; t++)
        NATIVE(gemv_arrange)
    (job->packed + t * gemv_arranged(k), (const float *)(void *)job->x.data + t * job->x.stride, k,
     dtype);
    job->gemv = (struct gemv){.x = job->packed,
                              .n = job->x.count,
                              .k = k,
                              .ahead = dtype == DTYPE_F32 ? dev->ahead : dev->ahead_halves,
                              .few_streams = dev->few_streams};
    job->product.fn = run_gemv;
    NATIVE(product_run)(dev, &job->product);
}

static void run_pack(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    NATIVE(gemm_pack)
    (job->packed, (const float *)(void *)job->x.data, job->x.stride, job->x.count, job->x.len,
     begin, end);
}

/* Two neighbouring bf16 as one number. */
static struct tensor as_pairs(const struct tensor *w) {
    struct tensor pairs = *w;
    pairs.dtype = DTYPE_F32;
    pairs.shape[1] /= 2;
    pairs.stride[0] /= 2;
    return pairs;
}

static void run_gemm(void *arg, const struct tensor *w, int64_t len, float *out, int64_t stride,
                     int worker) {
    const struct job *job = arg;
    const struct tensor pairs = as_pairs(w);
    struct gemm gemm = job->gemm;
    gemm.w = gemm.pairs ? &pairs : w;
    gemm.out = out;
    gemm.out_stride = stride;
    for (int64_t m = 0; m < len; m += GEMM_BAND)
        NATIVE(gemm_band)
    (&gemm, m, len - m < GEMM_BAND ? len : m + GEMM_BAND, job->scratch + gemm_scratch() * worker);
}

static void multiply_many(struct device *dev, struct job *job) {
    job->scratch = job->packed + gemm_packed(job->x.count, job->x.len);
    job->gemm.x = job->packed;
    job->gemm.n = job->x.count;
    job->gemm.k = job->x.len;
    job->product.fn = run_gemm;
    pool_chunks(dev->pool, (job->x.count + PANEL - 1) / PANEL, 1, run_pack, job);
    NATIVE(product_run)(dev, &job->product);
}

/* Rows of x rounded to bf16, two to a number: what the processor multiplies in one step. */
bool NATIVE(pairs_accepts)(const struct device *dev, const struct op_call *call) {
    if (!(VF_PAIRS || SIMD_TILES) || !dev->fast)
        return false;
    for (int i = 1; i <= op_matrices(call); i++)
        if (call->in[i]->stride[0] % 2 != 0)
            return false;
    return tensor_rows(call->in[0]) > GEMV_X && tensor_row_len(call->in[0]) % 2 == 0 &&
           NATIVE(matmul_accepts)(dev, call);
}

static int64_t rounded_floats(const struct op_call *call) {
    return (tensor_count(call->in[0]) / 2 + 15) / 16 * 16;
}

size_t NATIVE(pairs_scratch)(const struct device *dev, const struct op_call *call) {
    return (size_t)(packed_floats(dev, call) + rounded_floats(call)) * sizeof(float) +
           product_tiles(call, grain_many(dev, call, true), pool_threads(dev->pool));
}

static void run_round(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    for (int64_t t = begin; t < end; t++)
        convert_to_bf16((uint16_t *)(void *)job->rounded + t * job->x.len,
                        (const float *)(void *)job->x.data + t * job->x.stride, job->x.len);
}

static void prepare(struct job *job, const struct op_call *call, int64_t grain, float *tiles) {
    job->product =
        (struct product){.call = call, .arg = job, .unit = 1, .grain = grain, .tiles = tiles};
    (void)shape_rows(&job->x, call->in[0]);
}

int NATIVE(matmul_pairs)(struct device *dev, const struct op_call *call) {
    struct job job = {.rounded = call->scratch, .gemm = {.pairs = true}};
    if (tensor_count(call->out) == 0)
        return 0;
    job.packed = job.rounded + rounded_floats(call);
    prepare(&job, call, grain_many(dev, call, true), job.packed + packed_floats(dev, call));
    pool_chunks(dev->pool, job.x.count, 8, run_round, &job);
    job.x = (struct rows){(char *)job.rounded, job.x.count, job.x.len / 2, job.x.len / 2};
    multiply_many(dev, &job);
    return 0;
}

int NATIVE(matmul)(struct device *dev, const struct op_call *call) {
    struct job job = {.packed = call->scratch};
    if (tensor_count(call->out) == 0)
        return 0;
    prepare(&job, call, grain_of(dev, call), job.packed + packed_floats(dev, call));
    (is_few(call) ? multiply_few : multiply_many)(dev, &job);
    return 0;
}
