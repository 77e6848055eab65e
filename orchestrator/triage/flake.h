/* SPDX-License-Identifier: Apache-2.0 */
/* flake: how often a case fails though nothing changed.
 *
 * With k failures in n attempts that could have passed, the rate is believed to be as
 * Beta(k + 1/2, n - k + 1/2) says: Jeffreys' prior, whose equal-tailed interval keeps its promise
 * for few attempts and small rates too (Brown, Cai and DasGupta, "Interval Estimation for a
 * Binomial Proportion", Statistical Science 16, 2001, section 3.1.3). */
#pragma once

#include <stdint.h>

struct flake {
    double rate;      /* mean of the posterior, (k + 1/2) / (n + 1) */
    double low, high; /* between which it is with 95 %; 0 when none failed, 1 when all did */
};

/* n > 0 and 0 <= k <= n. */
struct flake flake_of(int64_t k, int64_t n);
/* The regularized incomplete beta function I_x(a, b): the probability that a Beta(a, b) is at
 * most x. By its continued fraction, DLMF 8.17.22. */
double flake_beta(double a, double b, double x);
