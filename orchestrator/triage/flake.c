/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/flake.h"

#include <math.h>

#include "engine/base/err.h"

enum { FRACTION_STEPS = 1000, HALVINGS = 60 };

/* DLMF 8.17.22 by Lentz' method; it converges fast for x < (a + 1) / (a + b + 2). */
static double fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        double k = m, before = value;
        double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        d = 1 + even * d, c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d), c = fabs(c) < tiny ? tiny : c;
        value *= c * d;
        d = 1 + odd * d, c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d), c = fabs(c) < tiny ? tiny : c;
        value *= c * d;
        if (fabs(value - before) <= 1e-15 * fabs(value))
            break;
    }
    return value;
}

double flake_beta(double a, double b, double x) {
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * fraction(a, b, x) / a;
    return 1 - front * fraction(b, a, 1 - x) / b;
}

/* Where the probability reaches p. */
static double quantile(double a, double b, double p) {
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (flake_beta(a, b, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct flake flake_of(int64_t k, int64_t n) {
    CHECK(n > 0 && k >= 0 && k <= n);
    double a = (double)k + 0.5, b = (double)(n - k) + 0.5;
    return (struct flake){.rate = a / (a + b),
                          .low = k ? quantile(a, b, 0.025) : 0,
                          .high = k < n ? quantile(a, b, 0.975) : 1};
}
