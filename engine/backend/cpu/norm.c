/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that divide a row by something summed over it. */
#include <math.h>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/rowwise.h"

static double mean_of(const double *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double mean_square_around(const double *x, double center, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (x[i] - center) * (x[i] - center);
    return sum / (double)n;
}

/* in: x, weight */
static void rms_norm(double *out, const double *const *in, int64_t n,
                     const struct op_params *params) {
    double size = sqrt(mean_square_around(in[0], 0, n) + params->eps);
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] / size * in[1][i];
}

/* in: x, weight, bias */
static void layer_norm(double *out, const double *const *in, int64_t n,
                       const struct op_params *params) {
    double mean = mean_of(in[0], n);
    double size = sqrt(mean_square_around(in[0], mean, n) + params->eps);
    for (int64_t i = 0; i < n; i++)
        out[i] = (in[0][i] - mean) / size * in[1][i] + in[2][i];
}

/* A NaN anywhere makes the sum one, whatever the maximum is taken to be. */
static void softmax(double *out, const double *const *in, int64_t n,
                    const struct op_params *params) {
    (void)params;
    double max = -INFINITY, sum = 0;
    bool nothing = true; /* but -inf */
    for (int64_t i = 0; i < n; i++) {
        nothing = nothing && in[0][i] == -(double)INFINITY;
        max = in[0][i] > max ? in[0][i] : max;
    }
    for (int64_t i = 0; i < n; i++) {
        out[i] = nothing ? 0 : exp(in[0][i] - max);
        sum += out[i];
    }
    for (int64_t i = 0; i < n && !nothing; i++)
        out[i] /= sum;
}

int cpu_rms_norm(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, rms_norm);
}

int cpu_layer_norm(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, layer_norm);
}

int cpu_softmax(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, softmax);
}
