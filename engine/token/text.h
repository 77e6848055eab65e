/* SPDX-License-Identifier: Apache-2.0 */
/* text: bytes on their way from input to tokens, each knowing where in the input it came from.
 *
 * Normalizers never change a text, they write the next one through an edit, whose rule for the
 * origin of each character is that of HF's NormalizedString::transform. The map is kept only
 * when somebody wants offsets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/token/encoding.h"

enum {
    TEXT_INPUT_MAX = 1 << 28, /* bytes, as given */
    TEXT_MAX = 1 << 30,       /* after any rewrite, and for each byte as given no more than … */
    TEXT_GROWTH = 32,         /* NFKD makes eleven of one and the alphabet of bytes two of each */
    TEXT_SMALL = 1 << 20,     /* what any text may grow to */
};

/* Bytes that a text of len bytes may grow to. */
static inline size_t text_most(size_t len) {
    size_t most = len < TEXT_MAX / TEXT_GROWTH ? len * TEXT_GROWTH : TEXT_MAX;
    return most > TEXT_SMALL ? most : TEXT_SMALL;
}

struct text {
    char *data;             /* valid UTF-8, not NUL-terminated */
    struct token_span *map; /* [len] bytes of the input behind each byte; unused unless mapped */
    size_t len, cap, map_cap;
    size_t most; /* bytes that it may have; 0: TEXT_MAX */
    bool mapped;
    bool over; /* it outgrew them and is cut */
};

void text_done(struct text *t); /* copes with a zeroed struct */
/* t := nothing yet, to be made of in: what holds for one holds for the other. */
void text_reset(struct text *t, const struct text *in);
/* Appends n bytes that all came from `from`. */
void text_add(struct text *t, const char *bytes, size_t n, struct token_span from);
/* Appends in[begin, end) with its origins. */
void text_copy(struct text *t, const struct text *in, size_t begin, size_t end);
/* t := the input as valid UTF-8, U+FFFD for each maximal ill-formed subpart. */
void text_set(struct text *t, const char *data, size_t len, bool mapped);
/* Origin of in[begin, end): from the first byte's begin to the last byte's end. */
struct token_span text_origin(const struct text *t, size_t begin, size_t end);

/* Rewrites in[at, end) to the end of out. */
struct edit {
    struct text *out;
    const struct text *in;
    size_t at, end;
};
/* One character c of n bytes. change > 0: it is new, and shares the origin of what precedes;
 * 0: it replaces the next character; -k: it does, and the k characters behind it vanish. */
void text_put(struct edit *e, const char *c, size_t n, int change);
void text_put_code(struct edit *e, uint32_t cp, int change);

/* The character at s, which is valid UTF-8; *n bytes. */
uint32_t text_code(const char *s, size_t *n);
/* Bytes of the character that the byte c starts. */
static inline size_t text_width(unsigned char c) {
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}
