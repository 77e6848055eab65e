/* SPDX-License-Identifier: Apache-2.0 */
/* misread: what a reader makes of stored numbers when it has one rule of their format wrong.
 *
 * A row says of which dtypes it is a fault and what becomes of one block. scripts/fixtures/formats
 * has the same rows, for Hugging Face Transformers to say how much each of them shows. */
#pragma once

#include <stdint.h>

#include "engine/tensor/dtype.h"

struct misread;

/* NULL when there is none of that name for that dtype. */
const struct misread *misread_find(const char *name, enum dtype dtype);
/* n elements of whole blocks that lie side by side; in is aligned as dtype_align() says. */
void misread_decode(const struct misread *m, float *out, enum dtype from, const void *in,
                    int64_t n);
