/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/cpu/wide.h"

#include <math.h>

#include "engine/base/pool.h"
#include "engine/tensor/quant.h"

enum { LANES = 4 };

/* Inlined below with a stride of 1, so that the compiler can take several at once. */
static inline void load(double *out, const void *from, enum dtype dtype, int64_t stride,
                        int64_t n) {
    const float *f = from;
    const uint16_t *h = from;
    if (dtype == DTYPE_F32)
        for (int64_t i = 0; i < n; i++)
            out[i] = (double)f[i * stride];
    else if (dtype == DTYPE_BF16)
        for (int64_t i = 0; i < n; i++)
            out[i] = (double)dtype_from_bf16(h[i * stride]);
    else
        for (int64_t i = 0; i < n; i++)
            out[i] = (double)dtype_from_f16(h[i * stride]);
}

void wide_load(double *out, const void *from, enum dtype dtype, int64_t stride, int64_t n) {
    if (dtype_is_block(dtype))
        quant_decode_wide(out, dtype, from, n);
    else if (stride == 1)
        load(out, from, dtype, 1, n);
    else
        load(out, from, dtype, stride, n);
}

void wide_store(void *out, int64_t stride, const double *from, int64_t n) {
    float *f = out;
    for (int64_t i = 0; i < n; i++)
        f[i * stride] = isnan(from[i]) ? NAN : (float)from[i];
}

double wide_dot(const double *a, const double *b, int64_t n) {
    double sum[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        sum[i % LANES] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void wide_dot4(double out[4], const double *x, const double *w, int64_t n) {
    double sum[4][LANES] = {{0}};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int r = 0; r < 4; r++)
            for (int l = 0; l < LANES; l++)
                sum[r][l] += x[i + l] * w[r * n + i + l];
    for (; i < n; i++)
        for (int r = 0; r < 4; r++)
            sum[r][i % LANES] += x[i] * w[r * n + i];
    for (int r = 0; r < 4; r++)
        out[r] = (sum[r][0] + sum[r][1]) + (sum[r][2] + sum[r][3]);
}

/* A cache line apart, so that threads do not write to the same one. */
static size_t share(int64_t doubles) {
    return ((size_t)doubles * sizeof(double) + 63) / 64 * 64;
}

size_t wide_scratch(const struct device *dev, int64_t doubles) {
    return share(doubles) * (size_t)pool_threads(dev->pool);
}

double *wide_scratch_of(const struct op_call *call, int worker, int64_t doubles) {
    return (double *)((char *)call->scratch + share(doubles) * (size_t)worker);
}
