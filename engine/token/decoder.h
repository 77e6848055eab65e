/* SPDX-License-Identifier: Apache-2.0 */
/* decoder: the "decoder" section, a chain of rewrites from a list of tokens to one text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/token/strings.h"

struct decoder;
struct decoders {
    struct decoder *items; /* in order; a Sequence is flattened into it */
    size_t len;
    bool none;       /* there is no decoder: tokens are joined by spaces */
    bool byte_level; /* nothing but ByteLevel: bytes become certain as they come */
    bool whole;      /* no part of the text is certain before all tokens are there */
};

/* section may be null or absent. 0, ERR_FORMAT, ERR_UNSUPPORTED. */
int decoder_parse(struct decoders *out, struct json section);
void decoder_done(struct decoders *d); /* copes with a zeroed struct */
/* What decoding works in. It keeps its memory, so that one text after another needs no more. */
struct decode_scratch {
    struct strings tokens; /* in: the tokens, which are used up */
    struct strings spare;
    struct buf text; /* out */
};
void decode_scratch_init(struct decode_scratch *s);
void decode_scratch_done(struct decode_scratch *s);
/* s->tokens → s->text. 0 or ERR_LIMIT. */
int decoder_run(const struct decoders *d, struct decode_scratch *s);
/* The bytes of one byte-level token, raw; a token with other characters stands for itself. */
void decoder_byte_level(struct buf *out, const char *token, size_t len);
