/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_pretokenizer: how a byte-level vocabulary cuts text into words, by the name that
 * tokenizer.ggml.pre gives it. Each row is what the HF tokenizers of those models do. */
#pragma once

#include <stdbool.h>

struct gguf;

struct gguf_pretokenizer {
    const char *name;
    const char *pattern; /* NULL: GPT-2's, which ByteLevel has of its own */
    bool digits;         /* each digit is a word, before all else */
    bool nfc;            /* text is composed first */
    bool ignore_merges;  /* a word that is a token is not merged */
    bool add_bos;        /* unless the file says otherwise */
};

/* name may be NULL: the file does not say, and GPT-2's is taken. 0, or ERR_UNSUPPORTED naming what
 * is known. */
int gguf_pretokenizer_find(const struct gguf *g, const char *name,
                           const struct gguf_pretokenizer **out);
