/* SPDX-License-Identifier: Apache-2.0 */
/* weight_cast: a weight's bytes in the dtype and order that the graph wants. */
#pragma once

#include <stdbool.h>

#include "engine/tensor/tensor.h"

struct weights;

/* *out: size bytes that live as long as w. 0 or ERR_NOMEM. */
int weight_own(struct weights *w, void **out, size_t size);

/* Where *t has dtype already and is not to be transposed, nothing happens: it stays a view of the
 * file. Else *t becomes a view of new bytes that w owns. transposed: t is [in,out] and becomes
 * [out,in]. 0 or ERR_NOMEM. */
int weight_cast(struct weights *w, struct tensor *t, enum dtype dtype, bool transposed);
/* t has the rows of every head in pairs, as llama.cpp rotates them; *t becomes a view of new bytes
 * with the first halves in front, as Transformers rotates them. Rows of any dtype; a vector's
 * elements are its rows. head_dim is even and divides the rows. 0 or ERR_NOMEM. */
int weight_unpair(struct weights *w, struct tensor *t, int64_t head_dim);
