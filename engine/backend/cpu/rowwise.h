/* SPDX-License-Identifier: Apache-2.0 */
/* rowwise: ops in which a row of the result depends on the same row of the inputs alone. */
#pragma once

#include "engine/backend/backend.h"

/* One row: n numbers of each input, n of the result. */
typedef void rowwise_fn(double *out, const double *const *in, int64_t n,
                        const struct op_params *params);

/* An input of rank 1 is the same row for all. Scratch is cpu_row_scratch(). */
int rowwise_run(struct device *dev, const struct op_call *call, rowwise_fn *fn);
