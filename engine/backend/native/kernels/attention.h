/* SPDX-License-Identifier: Apache-2.0 */
/* attention: softmax(q·kᵀ·scale)·v over the slots that a query sees, blockwise: a running maximum
 * and sum per query, and nothing as long as the context is kept.
 *
 * The query heads that share a key head (GQA) share each load of K and V. A few queries run with
 * lanes along the head (attention_few.c), many with one query per lane (attention_many.c). */
#pragma once

#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/tile.h"

enum { ATTENTION_FEW = 8 }; /* tokens of a batch row that count as few */

struct attention {
    const struct op_call *call;
    const struct tensor *q, *k, *v, *past, *key_mask, *mask;
    int64_t B, T, C, heads, kv_heads, group, d;
    float scale;
};

void NATIVE(attention_init)(struct attention *a, const struct op_call *call);

/* The slots that query t of batch row b may see, before masks: from *begin to the result. */
int64_t NATIVE(attention_range)(const struct attention *a, int64_t b, int64_t t, int64_t *begin);
/* Whether query t of batch row b sees slot s. */
bool NATIVE(attention_sees)(const struct attention *a, int64_t b, int64_t t, int64_t s);
/* e^(score - max), and never 0 for a finite score: what lies in a slot that is seen counts even
 * when it is not finite. */
SIMD_INLINE vf attention_weight(vf score, vf max) {
    vf p = vf_exp(vf_sub(score, max));
    return vf_select_less(vf_set(-INFINITY), score, vf_max(vf_set(1e-38f), p), p);
}
/* score[s - begin] = -inf for slots begin ≤ s < end that masks hide from query t. */
void NATIVE(attention_hide)(const struct attention *a, int64_t b, int64_t t, int64_t begin,
                            int64_t end, float *score, int64_t step);
/* Where slot s of one head begins. */
const char *NATIVE(attention_slot)(const struct tensor *cache, int64_t b, int64_t head, int64_t s);
/* Slots begin ≤ s < end of one key head as f32 rows `width` ≥ d apart, zeros behind d. */
void NATIVE(attention_widen)(float *out, int64_t width, const struct tensor *cache, int64_t b,
                             int64_t head, int64_t begin, int64_t end);
/* Whether n rows of width numbers, a multiple of VL, are all finite. */
bool NATIVE(attention_is_finite)(const float *rows, int64_t step, int64_t n, int64_t width);
/* Asks for n rows of `size` bytes, into the second cache. Some may lie behind the last. */
void NATIVE(attention_fetch)(const char *row, int64_t step, int64_t n, int64_t size);

native_scratch_fn NATIVE(attention_few_scratch), NATIVE(attention_many_scratch);
void NATIVE(attention_few)(struct device *dev, const struct attention *a);
void NATIVE(attention_many)(struct device *dev, const struct attention *a);
