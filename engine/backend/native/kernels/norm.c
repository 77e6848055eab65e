/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that divide a row by something summed over it. Sums that f32 cannot hold are taken again in
 * double, so that no finite row becomes infinite. */
#include "engine/backend/native/kernels/convert.h"
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/rowwise.h"

static double squares_slowly(const float *x, double center, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += ((double)x[i] - center) * ((double)x[i] - center);
    return sum;
}

/* In double: numbers that nearly cancel decide the signs of all. */
static double mean_of(const float *x, int64_t n) {
    double sum[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int j = 0; j < 8; j++)
            sum[j] += (double)x[i + j];
    for (; i < n; i++)
        sum[0] += (double)x[i];
    return (((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]))) /
           (double)n;
}

SIMD_INLINE vf add_square(vf sum, const float *x, vf center) {
    vf d = vf_sub(vf_load(x), center);
    return vf_fma(d, d, sum);
}

/* In f32, in four chains. */
static float squares(const float *x, float center, int64_t n) {
    vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()}, at = vf_set(center);
    int64_t i = 0;
    for (; i + 4 * VL <= n; i += 4 * VL)
        UNROLL(4)
    for (int j = 0; j < 4; j++)
        sum[j] = add_square(sum[j], x + i + j * VL, at);
    for (; i + VL <= n; i += VL)
        sum[0] = add_square(sum[0], x + i, at);
    float all = vf_sum(vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3])));
    for (; i < n; i++)
        all += (x[i] - center) * (x[i] - center);
    return all;
}

static double mean_square(const float *x, double center, int64_t n) {
    float all = squares(x, (float)center, n);
    double rest = center - (double)(float)center; /* which counts in rows next to their mean */
    if (all < 1e37f && all > 1e-30f)
        return fmax((double)all / (double)n - rest * rest, 0);
    return squares_slowly(x, center, n) / (double)n;
}

/* (x - center) · by · weight + bias. A center between two floats is taken off in two steps: next to
 * it, it decides the sign. */
SIMD_INLINE void spread(const struct rowwise_row *row, double center, float by, bool has_bias) {
    vf c = vf_set((float)center), rest = vf_set((float)(center - (double)(float)center));
    vf f = vf_set(by);
    for (int64_t i = 0; i < row->len; i += VL) {
        int64_t n = row->len - i;
        vf x = vf_load_n(row->x + i, n);
        if (has_bias)
            x = vf_sub(vf_sub(x, c), rest);
        x = vf_mul(x, f);
        x = vf_mul(x, convert_load(row->in[1], row->dtype, i, n));
        if (has_bias)
            x = vf_add(x, convert_load(row->in[2], row->dtype, i, n));
        vf_store_n(row->out + i, x, n);
    }
}

static void rms_norm(const struct rowwise_row *row) {
    double size = sqrt(mean_square(row->x, 0, row->len) + row->params->eps);
    spread(row, 0, (float)(1 / size), false);
}

static void layer_norm(const struct rowwise_row *row) {
    double mean = mean_of(row->x, row->len);
    double size = sqrt(mean_square(row->x, mean, row->len) + row->params->eps);
    spread(row, mean, (float)(1 / size), true);
}

/* Whatever is not below the largest, NaN too, makes the sum what it must be. */
static void softmax(const struct rowwise_row *row) {
    vf max = vf_set(-INFINITY), sum = vf_zero();
    int64_t whole = row->len / VL * VL;
    float tail[VL], most;
    for (int i = 0; i < VL; i++)
        tail[i] = whole + i < row->len ? row->x[whole + i] : -INFINITY;
    for (int64_t i = 0; i < whole; i += VL)
        max = vf_max(vf_load(row->x + i), max);
    most = vf_largest(vf_max(vf_load(tail), max));
    vf by = vf_set(most == -INFINITY ? 0 : most);
    for (int64_t i = 0; i < row->len; i += VL) {
        vf p = vf_exp(vf_sub(i < whole ? vf_load(row->x + i) : vf_load(tail), by));
        sum = vf_add(sum, p);
        vf_store_n(row->out + i, p, row->len - i);
    }
    float total = vf_sum(sum);
    vf scale = vf_set(total == 0 ? 0 : 1 / total);
    for (int64_t i = 0; i < row->len; i += VL)
        vf_store_n(row->out + i, vf_mul(vf_load_n(row->out + i, row->len - i), scale),
                   row->len - i);
}

int NATIVE(rms_norm)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, rms_norm);
}

int NATIVE(layer_norm)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, layer_norm);
}

int NATIVE(softmax)(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, softmax);
}
