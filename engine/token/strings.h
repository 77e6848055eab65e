/* SPDX-License-Identifier: Apache-2.0 */
/* strings: what decoders work on – a list of strings, end to end, and the rewrites of text that
 * need no more than the text. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"

/* Strings, end to end. */
struct strings {
    struct buf bytes;
    size_t *ends; /* [len] in bytes */
    size_t len, cap;
    struct buf work[3]; /* of whoever fills the list */
};
void strings_init(struct strings *s);
void strings_done(struct strings *s); /* copes with a zeroed struct */
/* No more than so many bytes from now on, of which there are no more yet. */
void strings_limit(struct strings *s, size_t size);
/* Room for len strings of size bytes in all, also in what the filler works in. */
void strings_reserve(struct strings *s, size_t len, size_t size);
void strings_reset(struct strings *s);
void strings_add(struct strings *s, const char *data, size_t len);
/* Ends the string that was written into s->bytes. */
void strings_end(struct strings *s);
/* The i-th, borrowed. */
const char *strings_at(const struct strings *s, size_t i, size_t *len);

/* Appends s with each `from` as `to`. An empty `from` matches at every character boundary. */
void strings_replace(struct buf *out, const char *s, size_t len, const char *from, const char *to);
/* Appends s with U+FFFD for each maximal ill-formed subpart. */
void strings_lossy(struct buf *out, const char *s, size_t len);
/* " ." → "." and the like, in place: clean_up_tokenization of Transformers. spare: working memory.
 */
void strings_tidy(struct buf *text, struct buf *spare);
/* The same as the tokenizers library does it, which has one rule more. */
void strings_tidy_more(struct buf *text, struct buf *spare);
