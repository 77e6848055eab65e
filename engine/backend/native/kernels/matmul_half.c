/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL and its kin of f16 and bf16 weights with x in f16, for prompts of a device that may be
 * fast. */
#include "engine/backend/native/kernels/half_gemm.h"
#include "engine/backend/native/kernels/gemv.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/product.h"
#include "engine/backend/native/simd/half.h"
#include "engine/backend/native/simd/tiles.h"
#include "engine/base/pool.h"

struct job {
    struct rows x;
    struct half_gemm gemm;
    struct product product;
    float *scratch; /* [threads][gemm_scratch()] */
};

/* Where there are tiles, bf16 is faster, and nearer, by them. */
bool NATIVE(half_accepts)(const struct device *dev, const struct op_call *call) {
    if (!SIMD_HALVES || !dev->fast || (SIMD_TILES && call->in[1]->dtype == DTYPE_BF16))
        return false;
    return tensor_rows(call->in[0]) > GEMV_X && tensor_row_len(call->in[0]) > 0 &&
           NATIVE(matmul_accepts)(dev, call);
}

static int64_t grain(const struct device *dev, const struct op_call *call) {
    return NATIVE(product_even)(call, pool_threads(dev->pool), HALF_ROWS, GEMM_BAND);
}

/* In front of the tiles, on whole lines. */
static size_t packed_bytes(const struct device *dev, const struct op_call *call) {
    return shape_lines(half_gemm_bytes(tensor_rows(call->in[0]), tensor_row_len(call->in[0])) +
                       (size_t)(gemm_scratch() * pool_threads(dev->pool)) * sizeof(float));
}

size_t NATIVE(half_scratch)(const struct device *dev, const struct op_call *call) {
    return packed_bytes(dev, call) + product_tiles(call, grain(dev, call), pool_threads(dev->pool));
}

static void run_pack(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    (void)worker;
    NATIVE(half_gemm_pack)
    (&job->gemm, (const float *)(void *)job->x.data, job->x.stride, begin, end);
}

static void run_bands(void *arg, const struct tensor *w, int64_t len, float *out, int64_t stride,
                      int worker) {
    const struct job *job = arg;
    struct half_gemm gemm = job->gemm;
    gemm.w = w;
    gemm.out = out;
    gemm.out_stride = stride;
    for (int64_t m = 0; m < len; m += GEMM_BAND)
        NATIVE(half_gemm_band)
    (&gemm, m, len - m < GEMM_BAND ? len : m + GEMM_BAND, job->scratch + gemm_scratch() * worker);
}

int NATIVE(matmul_half)(struct device *dev, const struct op_call *call) {
    struct job job = {.scratch = call->scratch};
    if (tensor_count(call->out) == 0)
        return 0;
    (void)shape_rows(&job.x, call->in[0]);
    int64_t panels = (job.x.count + PANEL - 1) / PANEL;
    uint16_t *packed = (uint16_t *)(void *)(job.scratch + gemm_scratch() * pool_threads(dev->pool));
    job.gemm = (struct half_gemm){
        .x = packed,
        .back = (float *)(void *)(packed + (panels * PANEL * job.x.len + 31) / 32 * 32),
        .n = job.x.count,
        .k = job.x.len,
    };
    job.product = (struct product){
        .call = call,
        .fn = run_bands,
        .arg = &job,
        .unit = 1,
        .grain = grain(dev, call),
        .tiles = (float *)(void *)((char *)call->scratch + packed_bytes(dev, call)),
    };
    pool_chunks(dev->pool, panels, 1, run_pack, &job);
    NATIVE(product_run)(dev, &job.product);
    return 0;
}
