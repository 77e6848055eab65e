/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_tokenizer: the vocabulary of a GGUF file as the tokenizer.json that says the same.
 *
 * Byte-level BPE ("gpt2", whose way to cut words is named by a row of pre-tokenizers) and WordPiece
 * ("bert") are written here, SentencePiece's BPE ("llama") and Unigram ("t5") in
 * gguf_sentencepiece. Tokens of no use, which only fill the table up, are left out, as HF has none.
 */
#pragma once

#include <stdbool.h>

#include "engine/base/buf.h"
#include "engine/format/gguf_metadata.h"

struct gguf;

/* Whether the file has a vocabulary at all. */
bool gguf_tokenizer_present(const struct gguf *g);
/* Most of what such a document holds, as it is in the file. Zero it first. */
struct gguf_lists {
    struct gguf_string *tokens; /* [tokens_len] by id; data NULL: not in the vocabulary */
    size_t tokens_len;          /* 0: all is in the document */
    struct gguf_string *merges; /* [merges_len] "left right" */
    size_t merges_len;
};
void gguf_lists_done(struct gguf_lists *l); /* copes with a zeroed struct */

/* Appends a tokenizer.json and a tokenizer_config.json. 0; ERR_UNSUPPORTED for another model or
 * pre-tokenizer, ERR_FORMAT, both naming file and key; ERR_LIMIT. */
int gguf_tokenizer_write(const struct gguf *g, struct buf *json, struct buf *config);
/* The same, but where the model is byte-level BPE its tokens and merges go to *lists and not to the
 * document. gguf_lists_done() is due in any case. */
int gguf_tokenizer_split(const struct gguf *g, struct buf *json, struct buf *config,
                         struct gguf_lists *lists);
