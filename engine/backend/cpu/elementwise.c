/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise ops. A sum or product of two floats, rounded to double and then to float, is the
 * float that one rounding gives; the functions are off by less than one unit in the last place. */
#include <math.h>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/rowwise.h"

static void add(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] + in[1][i];
}

static void mul(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] * in[1][i];
}

static void scale(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] * params->scale;
}

static void silu(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] / (1 + exp(-in[0][i]));
}

/* erfc(-z) is 1 + erf(z) without the cancellation for negative z. */
static void gelu(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = 0.5 * in[0][i] * erfc(-in[0][i] * M_SQRT1_2);
}

static void gelu_tanh(double *out, const double *const *in, int64_t n,
                      const struct op_params *params) {
    const double slope = M_2_SQRTPI * M_SQRT1_2; /* sqrt(2 / pi) */
    (void)params;
    for (int64_t i = 0; i < n; i++) {
        double a = in[0][i];
        out[i] = 0.5 * a * (1 + tanh(slope * (a + 0.044715 * a * a * a)));
    }
}

static void tanh_row(double *out, const double *const *in, int64_t n,
                     const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = tanh(in[0][i]);
}

static void relu(double *out, const double *const *in, int64_t n, const struct op_params *params) {
    (void)params;
    for (int64_t i = 0; i < n; i++)
        out[i] = in[0][i] <= 0 ? 0 : in[0][i]; /* NaN is not, and stays */
}

int cpu_add(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, add);
}

int cpu_mul(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, mul);
}

int cpu_scale(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, scale);
}

int cpu_silu(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, silu);
}

int cpu_gelu(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, gelu);
}

int cpu_gelu_tanh(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, gelu_tanh);
}

int cpu_tanh(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, tanh_row);
}

int cpu_relu(struct device *dev, const struct op_call *call) {
    return rowwise_run(dev, call, relu);
}
