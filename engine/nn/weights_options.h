/* SPDX-License-Identifier: Apache-2.0 */
/* weights_options: how a user says what weights are stored as. */
#pragma once

struct weights_options;

/* Each may be NULL, which leaves its part of *out alone. dtype: f32, f16, bf16. quant: a block
 * dtype, for matrices and, unless embedding says otherwise, the embedding. embedding: a block dtype
 * or "keep". 0, or ERR_ARG naming what there is. */
int weights_options_parse(struct weights_options *out, const char *dtype, const char *quant,
                          const char *embedding);
