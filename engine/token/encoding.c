/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/encoding.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/impl.h"
#include "engine/token/scratch.h"

enum { PADDED_MAX = 1 << 28 }; /* tokens of one encoding */

void encoding_done(struct encoding *e) {
    for (size_t i = 0; i < e->overflow_cap; i++)
        encoding_done(&e->overflow[i]);
    free(e->overflow);
    free(e->ids);
    free(e->type_ids);
    free(e->offsets);
    free(e->words);
    free(e->sequences);
    free(e->special);
    free(e->attention);
    tokenizer_scratch_free(e->scratch);
    *e = (struct encoding){0};
}

void encoding_reset(struct encoding *e) {
    e->len = 0;
    e->overflow_len = 0;
}

void encoding_reserve(struct encoding *e, size_t cap) {
    if (cap <= e->cap)
        return;
    e->cap = cap + cap / 4 + 16;
    e->ids = xrealloc(e->ids, e->cap * sizeof(*e->ids));
    e->type_ids = xrealloc(e->type_ids, e->cap * sizeof(*e->type_ids));
    e->offsets = xrealloc(e->offsets, e->cap * sizeof(*e->offsets));
    e->words = xrealloc(e->words, e->cap * sizeof(*e->words));
    e->sequences = xrealloc(e->sequences, e->cap * sizeof(*e->sequences));
    e->special = xrealloc(e->special, e->cap * sizeof(*e->special));
    e->attention = xrealloc(e->attention, e->cap * sizeof(*e->attention));
}

/* Opens a gap of n tokens at the front and fills it with padding, or n at the end. */
static void pad_by(struct encoding *e, size_t n, const struct padding *p) {
    size_t len = e->len, from = p->side == SIDE_LEFT ? 0 : len;
    encoding_reserve(e, len + n);
    if (from == 0 && len > 0) {
        memmove(e->ids + n, e->ids, len * sizeof(*e->ids));
        memmove(e->type_ids + n, e->type_ids, len * sizeof(*e->type_ids));
        memmove(e->offsets + n, e->offsets, len * sizeof(*e->offsets));
        memmove(e->words + n, e->words, len * sizeof(*e->words));
        memmove(e->sequences + n, e->sequences, len);
        memmove(e->special + n, e->special, len);
        memmove(e->attention + n, e->attention, len);
    }
    for (size_t i = from; i < from + n; i++) {
        e->ids[i] = p->id;
        e->type_ids[i] = p->type_id;
        e->offsets[i] = (struct token_span){0, 0};
        e->words[i] = -1;
        e->sequences[i] = -1;
        e->special[i] = 1;
        e->attention[i] = 0;
    }
    e->len += n;
}

int encoding_pad(struct encoding *encodings, size_t count, const struct padding *padding) {
    size_t target = padding->length;
    for (size_t i = 0; i < count && padding->length == 0; i++)
        target = encodings[i].len > target ? encodings[i].len : target;
    if (padding->multiple_of > 1 && target % padding->multiple_of) {
        size_t more = padding->multiple_of - target % padding->multiple_of;
        target = more > PADDED_MAX ? (size_t)PADDED_MAX + 1 : target + more;
    }
    if (target > PADDED_MAX)
        return err_set(ERR_LIMIT, "padding to over %d tokens", PADDED_MAX);
    for (size_t i = 0; i < count; i++) {
        struct encoding *e = &encodings[i];
        for (size_t k = 0; k < e->overflow_len; k++)
            if (e->overflow[k].len < target)
                pad_by(&e->overflow[k], target - e->overflow[k].len, padding);
        if (e->len < target)
            pad_by(e, target - e->len, padding);
    }
    return 0;
}
