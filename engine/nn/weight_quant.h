/* SPDX-License-Identifier: Apache-2.0 */
/* weight_quant: a matrix of the checkpoint in blocks, made row by row while it is loaded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

struct pool;
struct weights;

/* What rows of `len` numbers can be stored as when blocks of `wanted` are asked for: those, else
 * q8_0 when that has whole blocks, else a plain dtype, which stands for "stay as you are". */
enum dtype weight_quant_fit(enum dtype wanted, int64_t len);

/* *t, [rows,len] of any plain dtype, becomes a view of blocks that w owns. transposed: t is
 * [in,out] and becomes [out,in]. The rows of the result are whole blocks (CHECKed). pool may be
 * NULL. No more is allocated than the result and a row for each thread. 0, ERR_NOMEM, or ERR_FORMAT
 * with the first row that holds something no block can. */
int weight_quantise(struct weights *w, struct tensor *t, enum dtype dtype, bool transposed,
                    struct pool *pool);
