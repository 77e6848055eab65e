/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_sections: the tokenizer.json that is made of a GGUF file, and sections of it that more than
 * one model of a tokenizer has. For gguf_tokenizer.c and the models. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/format/gguf_vocabulary.h"

#define GGUF_WORD_START "\xe2\x96\x81" /* ▁ */

struct gguf_lists;

struct gguf_sections {
    struct gguf_vocabulary v;
    bool add_bos, add_eos; /* what holds unless the file says otherwise */
    struct buf spelling;   /* of one token */
    struct json_writer w;
    struct gguf_lists *lists; /* get the vocabulary of BPE instead of the document; or NULL */
};

/* NUL-terminated, until the next call. */
const char *gguf_sections_text(struct gguf_sections *s, int64_t id);
/* {"type": type, which is to be closed. */
void gguf_sections_open(struct gguf_sections *s, const char *key, const char *type);
/* add_bos and add_eos, as the file has them. 0 or ERR_FORMAT. */
int gguf_sections_read_ends(struct gguf_sections *s);
/* The token that comes before a text and the one that comes behind, or GGUF_TOKEN_NONE. */
int64_t gguf_sections_first(const struct gguf_sections *s);
int64_t gguf_sections_last(const struct gguf_sections *s);
/* first A last, and of a pair first A last B last, or where again first A last first B last. */
void gguf_sections_put_template(struct gguf_sections *s, const char *key, int64_t first,
                                int64_t last, bool again);
