/* SPDX-License-Identifier: Apache-2.0 */
/* visible: which slots of the cache one query sees. The rule is in op.h; here is its only code. */
#pragma once

#include "engine/op/op.h"

struct visible {
    int64_t begin, end;             /* slots in between, unless masked */
    const uint8_t *key_mask, *mask; /* of this query, or NULL */
    int64_t key_mask_stride, mask_stride;
};

/* For token t of batch row b; in[past], and the masks behind it, are the call's inputs. */
struct visible visible_to(const struct op_call *call, int past, int64_t b, int64_t t);

static inline bool visible_slot(const struct visible *v, int64_t s) {
    return s >= v->begin && s < v->end && (!v->key_mask || v->key_mask[s * v->key_mask_stride]) &&
           (!v->mask || v->mask[s * v->mask_stride]);
}
