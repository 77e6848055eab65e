/* SPDX-License-Identifier: Apache-2.0 */
/* charsmap: SentencePiece's table of character sequences and what replaces them.
 *
 * A blob of the bytes in its trie, the trie – a double array of u32 – and the replacements, each
 * ended by a NUL. The trie is untrusted: whatever leads out of it, or out of the replacements,
 * leads nowhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "engine/token/text.h"

struct charsmap;

/* 0; ERR_FORMAT for a blob that is cut short, has no trie, or replacements that are not UTF-8;
 * ERR_LIMIT for a replacement that nobody would write. */
int charsmap_new(struct charsmap **out, const char *blob, size_t len);
/* The same from base64 in a string of a document, which messages name. */
int charsmap_parse(struct charsmap **out, struct json value);
void charsmap_free(struct charsmap *m); /* NULL is fine */

struct charsmap_hit {
    const char *text; /* what takes its place */
    size_t len;
    size_t used; /* bytes of the key */
};
/* The longest sequence of the table that key begins with, or the shortest. */
bool charsmap_find(const struct charsmap *m, const char *key, size_t len, bool longest,
                   struct charsmap_hit *out);

/* HF's normalizer Precompiled: cluster by cluster, or character by character where a cluster has
 * over five bytes or is not in the table; of what a cluster begins with the shortest counts, and
 * the rest of it is gone. */
void charsmap_rewrite(const struct charsmap *m, const struct text *in, struct text *out);

/* SentencePiece's own way, as llama.cpp goes it: from left to right, the longest that is in the
 * table; m may be NULL. Spaces become the mark ▁. */
struct charsmap_spaces {
    bool prefix; /* a mark before the first word */
    bool merge;  /* one mark before each word, and none elsewhere */
};
void charsmap_rewrite_longest(const struct charsmap *m, const struct charsmap_spaces *spaces,
                              const struct text *in, struct text *out);
