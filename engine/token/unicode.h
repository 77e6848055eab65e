/* SPDX-License-Identifier: Apache-2.0 */
/* unicode: what the normalizers and pre-tokenizers need to know about code points, and the four
 * normalization forms with alignment.
 *
 * Equal to the tables compiled into HF tokenizers 0.23, not to any one version of Unicode: its
 * normalization forms are those of Unicode 9, its categories those of 8, 9 and 16, its grapheme
 * clusters those of 17. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edit;

enum code_class {
    CODE_OTHER,
    CODE_NONSPACING,
    CODE_COMBINING,
    CODE_PUNCTUATION,
    CODE_NUMERIC,
    CODE_CONSONANT,
    CODE_LINKER,
    CODE_NEWER_MARK,
    CODE_SETS
};
struct code_set {
    const uint32_t *ranges; /* first and last, ascending */
    size_t len;             /* ranges */
};
extern const struct code_set unicode_sets[CODE_SETS];

bool unicode_is(enum code_class set, uint32_t cp);
bool unicode_is_space(uint32_t cp); /* White_Space */
bool unicode_is_word(uint32_t cp); /* \w of UTS 18: alphabetic, mark, decimal digit, connector … */
/* The number of its script, 0 for none; see the table. */
int unicode_script(uint32_t cp);
/* Bytes of the grapheme cluster that s, len > 0 bytes of UTF-8, begins with. */
size_t unicode_cluster(const char *s, size_t len);
/* Lower case, full mapping, 1 or 2 code points into out. */
int unicode_lower(uint32_t cp, uint32_t out[2]);

enum normal_form { FORM_NFC, FORM_NFD, FORM_NFKC, FORM_NFKD };
/* Rewrites all of e->in[at, end). */
void unicode_normalize(struct edit *e, enum normal_form form);
/* The byte-level alphabet: byte → code point, and back (-1 when cp is none of the 256). */
uint32_t unicode_of_byte(unsigned char byte);
int unicode_to_byte(uint32_t cp);
