/* SPDX-License-Identifier: Apache-2.0 */
/* stop: stop strings, matched as Transformers matches them.
 *
 * A row stops when the text of its tokens, one after the other, holds a stop string that ends
 * within its last token; the prompt counts as text. Each token has one text wherever it stands,
 * so half a character is compared as the bytes it is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/run/generation.h"

struct tokenizer;

struct stop {
    const struct tokenizer *tokenizer;
    const struct string_list *strings;
    size_t longest; /* bytes of the longest string */
    int64_t rows;
    struct buf *tails; /* [rows] the last bytes of each row */
    struct buf text;   /* of the token at hand */
    struct decode_scratch *scratch;
    int32_t *ids; /* [base + 1] a base to decode tokens behind */
    int64_t base;
    size_t base_text; /* bytes the base decodes to */
};

enum { STOP_STRING_MAX = 4096 }; /* bytes */

/* strings and tokenizer are borrowed. 0, ERR_LIMIT, or what the tokenizer says. */
int stop_init(struct stop *s, const struct tokenizer *t, const struct string_list *strings,
              int64_t rows);
void stop_done(struct stop *s); /* copes with a zeroed struct */
/* Takes a token. *stops: a string ends in it. 0 or ERR_*. */
int stop_push(struct stop *s, int64_t row, int32_t id, bool *stops);
/* The text that the token stands for behind other text, byte for byte. 0 or ERR_*. */
int stop_token_text(struct stop *s, int32_t id, struct buf *out);
