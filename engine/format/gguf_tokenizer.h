/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_tokenizer: the vocabulary of a GGUF file as the tokenizer.json that says the same.
 *
 * Byte-level BPE ("gpt2", whose way to cut words is named by a row of pre-tokenizers) and WordPiece
 * ("bert") are written here, SentencePiece's BPE ("llama") in gguf_sentencepiece. Tokens of no use,
 * which only fill the table up, are left out, as HF has none. */
#pragma once

#include <stdbool.h>

#include "engine/base/buf.h"

struct gguf;

/* Whether the file has a vocabulary at all. */
bool gguf_tokenizer_present(const struct gguf *g);
/* Appends a tokenizer.json and a tokenizer_config.json. 0; ERR_UNSUPPORTED for another model or
 * pre-tokenizer, ERR_FORMAT, both naming file and key; ERR_LIMIT. */
int gguf_tokenizer_write(const struct gguf *g, struct buf *json, struct buf *config);
