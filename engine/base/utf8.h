/* SPDX-License-Identifier: Apache-2.0 */
/* utf8: code points out of bytes and back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD };

/* Length (1–4) of the well-formed sequence at s and its code point in *cp; 0 when s does not
 * start one within len bytes (overlong, surrogate, > U+10FFFF, cut short). */
size_t utf8_decode(const char *s, size_t len, uint32_t *cp);
/* Writes 1–4 bytes, returns how many. cp must be a scalar value. */
size_t utf8_encode(uint32_t cp, char out[4]);
bool utf8_valid(const char *s, size_t len, size_t *bad_offset); /* bad_offset may be NULL */
/* Bytes of the maximal subpart of an ill-formed sequence at s (≥ 1 when len > 0): what one
 * U+FFFD stands for (Unicode 15, §3.9, U+FFFD substitution of maximal subparts). */
size_t utf8_bad_subpart(const char *s, size_t len);
/* How many bytes at the end of s are a sequence that more bytes could still complete (0–3). */
size_t utf8_incomplete_tail(const char *s, size_t len);

/* Eight bytes of text: 0 when they are ASCII and characters of two bytes, which most text is, and
 * another value when only utf8_valid() can tell. *open: 0x80 when the word ends in a lead byte
 * that waits for the rest; 0 before the first word. */
static inline uint64_t utf8_word(uint64_t word, uint64_t *open) {
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t lead = word & word << 1 & high, follow = word & ~(word << 1) & high;
    uint64_t longer = lead & word << 2; /* and a lead of 0xC0 or 0xC1 is overlong */
    uint64_t overlong =
        lead & ~((word & UINT64_C(0x1E1E1E1E1E1E1E1E)) + UINT64_C(0x7E7E7E7E7E7E7E7E));
    uint64_t odd = longer | overlong | (follow ^ (lead << 8 | *open));
    *open = lead >> 56;
    return odd;
}
