/* SPDX-License-Identifier: Apache-2.0 */
/* pretokenizer: the "pre_tokenizer" section, a chain of cuts of the normalized text into words. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/json.h"
#include "engine/token/draft.h"

struct pretokenizer;
struct pretokenizers {
    struct pretokenizer *items; /* in order; a Sequence is flattened into it */
    size_t len;
    bool needs_origin; /* what it does depends on where in the input a piece began */
};

/* section may be null or absent: one word. 0, ERR_FORMAT, ERR_UNSUPPORTED. */
int pretokenizer_parse(struct pretokenizers *out, struct json section);
void pretokenizer_done(struct pretokenizers *p); /* copes with a zeroed struct */
/* Cuts the pieces that are no added tokens. 0 or ERR_LIMIT. */
int pretokenizer_run(const struct pretokenizers *p, struct draft *d);
