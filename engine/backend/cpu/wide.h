/* SPDX-License-Identifier: Apache-2.0 */
/* wide: rows as doubles, which is what the reference computes in. */
#pragma once

#include <stddef.h>

#include "engine/backend/backend.h"

/* Exact. dtype is f32, f16, bf16, or blocks with a stride of 1; stride in elements. */
void wide_load(double *out, const void *from, enum dtype dtype, int64_t stride, int64_t n);
/* Rounds to f32. There is one NaN: the sign of one says how a compiler ordered the operands. */
void wide_store(void *out, int64_t stride, const double *from, int64_t n);
/* In four lanes by index modulo 4, added up as (0 + 1) + (2 + 3): an order that a compiler can
 * use vectors for and that never changes. */
double wide_dot(const double *a, const double *b, int64_t n);
/* The same four times: x with w, w + n, w + 2n and w + 3n. */
void wide_dot4(double out[4], const double *x, const double *w, int64_t n);

/* Scratch for each thread: `doubles` of them, and where those of one thread begin. */
size_t wide_scratch(const struct device *dev, int64_t doubles);
double *wide_scratch_of(const struct op_call *call, int worker, int64_t doubles);
