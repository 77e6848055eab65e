/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/chi_square.h"

#include <math.h>
#include <stddef.h>

enum { ITERATIONS_MAX = 10000, EXPECTED_MIN = 5 };
#define CONVERGED 1e-14

/* Lower incomplete gamma, by its series; good for x < a + 1. */
static double gamma_series(double a, double x) {
    double term = 1 / a, sum = term;
    for (int i = 1; i < ITERATIONS_MAX && term > sum * CONVERGED; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * exp(a * log(x) - x - lgamma(a));
}

/* Upper incomplete gamma, by its continued fraction (Lentz); good for x ≥ a + 1. */
static double gamma_fraction(double a, double x) {
    double b = x + 1 - a, c = 1e300, d = 1 / b, value = d;
    for (int i = 1; i < ITERATIONS_MAX; i++) {
        double n = -i * (i - a);
        b += 2;
        d = 1 / (n * d + b);
        c = b + n / c;
        value *= c * d;
        if (fabs(c * d - 1) < CONVERGED)
            break;
    }
    return value * exp(a * log(x) - x - lgamma(a));
}

double chi_square_p(double x, int64_t freedom) {
    double a = (double)freedom / 2;
    if (freedom < 1 || x <= 0)
        return 1;
    x /= 2;
    return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double chi_square_test(const int64_t *counts, const float *probs, int64_t n, int64_t draws,
                       int64_t *freedom) {
    double statistic = 0, rare_expected = 0, rare_count = 0;
    int64_t classes = 0;
    for (int64_t i = 0; i < n; i++) {
        double expected = (double)probs[i] * (double)draws;
        double off = (double)counts[i] - expected;
        if (expected <= 0 && counts[i] > 0)
            return 0;
        if (expected < EXPECTED_MIN) {
            rare_expected += expected;
            rare_count += (double)counts[i];
        } else {
            statistic += off * off / expected;
            classes++;
        }
    }
    if (rare_expected >= EXPECTED_MIN) {
        statistic += (rare_count - rare_expected) * (rare_count - rare_expected) / rare_expected;
        classes++;
    }
    if (freedom)
        *freedom = classes - 1;
    return chi_square_p(statistic, classes - 1);
}
