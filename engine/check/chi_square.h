/* SPDX-License-Identifier: Apache-2.0 */
/* chi_square: are these draws from that distribution? */
#pragma once

#include <stdint.h>

/* The probability of a statistic of at least x with that many degrees of freedom. */
double chi_square_p(double x, int64_t freedom);
/* Pearson's test of counts [n], draws in all, against probabilities [n] that sum to 1. Outcomes
 * expected less than five times are taken together; one of probability 0 that was drawn makes
 * p 0. *freedom may be NULL. Returns p. */
double chi_square_test(const int64_t *counts, const float *probs, int64_t n, int64_t draws,
                       int64_t *freedom);
