/* SPDX-License-Identifier: Apache-2.0 */
/* encoding: what a text became – ids, and beside each id where it came from.
 *
 * Caller's storage: zero it, use it for any number of texts, free it once with encoding_done().
 * The memory and the cache of words are kept from text to text, so reuse is what makes encoding
 * fast; an encoding belongs to one thread and, while it has tokens, to one tokenizer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Half-open. In code points of the original text, or in its bytes under ENCODE_BYTE_OFFSETS. */
struct token_span {
    uint32_t begin, end;
};

struct encode_scratch; /* private: buffers and the word cache */

struct encoding {
    size_t len;                 /* tokens */
    int32_t *ids;               /* [len] */
    int32_t *type_ids;          /* [len] segment, as the post-processor says */
    struct token_span *offsets; /* [len] zero for special and pad tokens, and without offsets */
    int32_t *words;             /* [len] word of the token, -1 for special and pad tokens */
    int8_t *sequences;          /* [len] 0 first text, 1 second, -1 special or pad */
    uint8_t *special;           /* [len] 1 where the post-processor or padding put the token */
    uint8_t *attention;         /* [len] 0 where padding put the token */
    struct encoding *overflow;  /* [overflow_len] what truncation cut off, in HF's order */
    size_t overflow_len;
    size_t cap, overflow_cap;
    struct encode_scratch *scratch;
};

void encoding_done(struct encoding *e); /* copes with a zeroed struct */
/* Forgets tokens and overflow; keeps memory and cache. */
void encoding_reset(struct encoding *e);
