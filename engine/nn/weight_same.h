/* SPDX-License-Identifier: Apache-2.0 */
/* weight_same: whether two tensors are the same, to the byte. */
#pragma once

#include <stdbool.h>

struct pool;
struct tensor;

/* Contiguous ones. Shared out over the pool (NULL: this thread does all); ends soon when they
 * differ. */
bool weight_same(const struct tensor *a, const struct tensor *b, struct pool *pool);
