/* SPDX-License-Identifier: Apache-2.0 */
/* stream: decoding one token at a time.
 *
 * All that is pushed and the finish, joined, is what tokenizer_decode() gives for the same ids.
 * A push appends whole UTF-8 sequences only; bytes that the next token may complete are held. The
 * few decoders whose every token may change all of the text (CTC, Strip from the end) come out at
 * the finish alone. */
#pragma once

#include <stdint.h>

#include "engine/base/buf.h"

struct tokenizer;
struct token_stream;

/* t is borrowed and must outlive the stream. flags: enum decode_flags. Never NULL. */
struct token_stream *token_stream_new(const struct tokenizer *t, int flags);
void token_stream_free(struct token_stream *s);  /* NULL is fine */
void token_stream_reset(struct token_stream *s); /* as new */
/* Appends what became certain to out, perhaps nothing. 0 or ERR_LIMIT. */
int token_stream_push(struct token_stream *s, int32_t id, struct buf *out);
/* Appends what was held back; the stream is as new after it. 0 or ERR_LIMIT. */
int token_stream_finish(struct token_stream *s, struct buf *out);
