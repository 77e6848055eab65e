/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_load: the tokenizer that a GGUF file holds. */
#pragma once

struct gguf;
struct tokenizer;

/* 0; ERR_NOTFOUND when the file has no vocabulary; what gguf_tokenizer_write() and
 * tokenizer_parse() return. Nothing is kept of the file. */
int gguf_load_tokenizer(struct tokenizer **out, const struct gguf *g);
