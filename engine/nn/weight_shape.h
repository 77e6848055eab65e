/* SPDX-License-Identifier: Apache-2.0 */
/* weight_shape: the shape a weight must have, out of its row's expression.
 *
 * "heads*head_dim,hidden" is two dimensions, the first a product. Names stand for numbers of the
 * config; the table of them is here and nowhere else. */
#pragma once

#include "engine/tensor/tensor.h"

struct config;

/* *out: contiguous, no data. 0, or ERR_LIMIT when the product does not fit. An expression that
 * names what there is not is a bug of ours and aborts. */
int weight_shape(struct tensor *out, const char *expression, const struct config *c,
                 enum dtype dtype);
