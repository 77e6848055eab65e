/* SPDX-License-Identifier: Apache-2.0 */
/* block: one transformer layer, of whatever parts its slots hold.
 *
 * Stages: with the norm in front, attn_norm and ffn_norm are what the parts read and the residuals
 * are the sums; with the norm behind, the residuals are the normed sums (what the next part
 * reads), and there is no attn_norm or ffn_norm. post_ffn_residual is the layer's output either
 * way. */
#pragma once

#include <stdint.h>

struct builder;
struct value;

/* x [N,H] → [N,H]. */
struct value *block_build(struct builder *b, struct value *x, int64_t layer);
