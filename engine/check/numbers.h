/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: what stored bits stand for, by arithmetic of its own.
 *
 * A second opinion on tensor/dtype and tensor/quant, of which nothing is used but the names of the
 * dtypes: floats from their sign, exponent and fraction, blocks after ggml's dequantize_row_*() in
 * ggml-quants.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/dtype.h"

enum { NUMBERS_BLOCK_MAX = 256 };

/* F32, F16, BF16 and the blocks. */
bool numbers_can(enum dtype dtype);
/* Elements that lie together, and their bytes. */
int numbers_block(enum dtype dtype);
size_t numbers_size(enum dtype dtype);
/* n numbers, whole blocks. steps: how far the next number of its grid is from each, 0 at the ends
 * of the grid, where numbers are cut off, and of floats; NULL = not asked for. */
void numbers_read(double *out, double *steps, enum dtype dtype, const uint8_t *bytes, int64_t n);
/* Of n numbers x that became y in blocks, with the steps of those, the first that is further off
 * than the format makes it; -1 when there is none. Half a step is as near as a grid has it. Q8_0
 * and Q4_0 choose the number before the scale is rounded to f16, by which its 127 or 8 steps move
 * by a 2048th. What lies beyond the end of a grid is cut off: of Q8_0 nothing does, of Q4_0 at most
 * the one number that it has on one side alone; of Q4_K and Q6_K what makes the error of the whole
 * group smaller, and in a group that has its own scale that is no more than two steps. */
int64_t numbers_stray(enum dtype dtype, const double *x, const double *y, const double *steps,
                      int64_t n);
/* How far numbers of a block dtype may be off, rms to rms. */
double numbers_coarseness(enum dtype dtype);
/* x as that float has it: to nearest, ties to even. Of a block dtype, x itself. */
double numbers_round(double x, enum dtype dtype);
