/* SPDX-License-Identifier: Apache-2.0 */
/* attention: softmax(q·kᵀ·scale)·v over the slots that a query sees, piece by piece: a maximum and
 * a sum per query and piece, and nothing as long as the context is kept.
 *
 * The query heads that share a key head (GQA) share each load of K and V. A few queries run with
 * lanes along the head (attention_few.c), many with one query per lane (attention_many.c). */
#pragma once

#include <float.h>

#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/tile.h"

enum { ATTENTION_FEW = 8 }; /* tokens of a batch row that count as few */

struct attention {
    const struct op_call *call;
    const struct tensor *q, *k, *v, *past, *key_mask, *mask;
    int64_t B, T, C, heads, kv_heads, group, d;
    float scale;
};

/* Keys or values of one head. */
struct slots {
    const char *at;     /* the first one */
    int64_t step, size; /* bytes from one to the next, and of one */
    int64_t d;
    enum dtype dtype;
};

void NATIVE(attention_init)(struct attention *a, const struct op_call *call);

/* The slots that query t of batch row b may see, before masks: from *begin to the result. */
int64_t NATIVE(attention_range)(const struct attention *a, int64_t b, int64_t t, int64_t *begin);
/* Whether query t of batch row b sees slot s. */
bool NATIVE(attention_sees)(const struct attention *a, int64_t b, int64_t t, int64_t s);
/* e^(score - max) of a score ≤ max, and never 0 for one that is finite: what lies in a slot that is
 * seen counts even when it is not finite itself. NaN stays, and ∞ - ∞ is one. */
SIMD_INLINE vf attention_weight(vf score, vf max) {
    vf p = vf_exp_within(vf_max(vf_set(-86), vf_sub(score, max)));
    return vf_select_less(score, vf_set(-FLT_MAX), vf_zero(), p);
}
/* score[s - begin] = -inf for slots begin ≤ s < end that masks hide from query t. */
void NATIVE(attention_hide)(const struct attention *a, int64_t b, int64_t t, int64_t begin,
                            int64_t end, float *score, int64_t step);
/* The slots of batch row b of one key head. */
struct slots NATIVE(attention_slots)(const struct tensor *cache, int64_t b, int64_t head);
/* Slots begin ≤ s < end as f32 rows `width` ≥ d apart, zeros behind d. */
void NATIVE(attention_widen)(float *out, int64_t width, const struct slots *slots, int64_t begin,
                             int64_t end);
/* Whether n rows of width numbers, a multiple of VL, are all finite. */
bool NATIVE(attention_is_finite)(const float *rows, int64_t step, int64_t n, int64_t width);
/* Asks for n slots from s on, into the first cache. Some may lie behind the last. */
void NATIVE(attention_fetch)(const struct slots *slots, int64_t s, int64_t n);

native_scratch_fn NATIVE(attention_few_scratch), NATIVE(attention_many_scratch);
void NATIVE(attention_few)(struct device *dev, const struct attention *a);
void NATIVE(attention_many)(struct device *dev, const struct attention *a);
