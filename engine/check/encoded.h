/* SPDX-License-Identifier: Apache-2.0 */
/* encoded: how near numbers that were put in blocks are to what they were.
 *
 * Two rules, which hold of every encoder of these formats whatever it searches for. Each number is
 * at the place of its grid that is nearest, so no further off than half the gap on that side; what
 * lies beyond the grid's end is at the end. And all numbers together are not much further off than
 * by the plainest encoding, which takes scales from the extremes of each group and searches for
 * nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/check/numbers.h"

struct encoded {
    enum dtype dtype;
    double off, plain, all; /* sums of squares: off as it is, and by the plainest encoding */
};

/* Adds n numbers x, whole blocks, that became y, with the gaps of those (numbers_read()). The
 * first that another number of its grid is nearer to, or -1.
 *
 * Q8_0 and Q4_0 choose the place before the scale is rounded to f16, by which 127 or 8 steps move
 * by a 2048th of them, and where f16 has few bits left, by 127 or 8 times 2^-25. */
int64_t encoded_row(struct encoded *e, const double *x, const double *y,
                    const struct numbers_gap *gaps, int64_t n);
/* Off by no more than the plainest encoding, rms to rms, times 1.05 for Q8_0 and Q4_0, which have
 * that encoding alone, and times 2 for Q4_K and Q6_K, which search by weights that are not one;
 * plus a 1024th of what the numbers are, that f16 may round a scale and a minimum by. The factors
 * are measured, on blocks of 15 distributions: ours reach 1.00 in Q8_0 and Q4_0, and in Q4_K and
 * Q6_K 0.99 over 20000 blocks of one, but 5.1 over four with tails like Cauchy's: so few of such
 * are no tensor to judge by this. */
bool encoded_is_near(const struct encoded *e);
/* Both, rms to rms of the numbers; 0 when these are zeros. */
double encoded_off(const struct encoded *e);
double encoded_plain(const struct encoded *e);
