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

/* How far the next numbers of its grid are from one: HUGE_VAL beyond the ends; of floats, 0. */
struct numbers_gap {
    double below, above;
};

/* F32, F16, BF16 and the blocks. */
bool numbers_can(enum dtype dtype);
/* Elements that lie together, and their bytes. */
int numbers_block(enum dtype dtype);
size_t numbers_size(enum dtype dtype);
/* n numbers, whole blocks. gaps: NULL = not asked for. */
void numbers_read(double *out, struct numbers_gap *gaps, enum dtype dtype, const uint8_t *bytes,
                  int64_t n);
/* x as that float has it: to nearest, ties to even. Of a block dtype, x itself. */
double numbers_round(double x, enum dtype dtype);
