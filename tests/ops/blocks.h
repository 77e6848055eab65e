/* SPDX-License-Identifier: Apache-2.0 */
/* blocks: numbers of the block dtypes for trials: drawn byte by byte, so that codes occur which no
 * encoder writes. */
#pragma once

#include "engine/tensor/tensor.h"

/* Fills the blocks of t, contiguous or with gaps between rows. draw: any bits; scale: the next d
 * or dmin. */
void blocks_fill(const struct tensor *t, uint64_t (*draw)(void), double (*scale)(void *arg),
                 void *arg);
