/* SPDX-License-Identifier: Apache-2.0 */
/* scratch: what encoding one text needs, kept for the next. */
#pragma once

#include "engine/token/draft.h"
#include "engine/token/impl.h"
#include "engine/token/model.h"

struct encode_scratch {
    struct draft draft;
    struct model_scratch model;
    struct tokens text, pair;
    uint32_t *chars; /* code points before each byte of the text as given */
    size_t chars_cap;
};
void tokenizer_scratch_free(struct encode_scratch *s); /* NULL is fine */
