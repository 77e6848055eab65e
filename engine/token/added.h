/* SPDX-License-Identifier: Apache-2.0 */
/* added: tokens on top of the model's vocabulary, found in the text before anything is cut.
 *
 * Those that are not normalized are looked for in the text as given, the others in the
 * normalized text in between; leftmost first, then longest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/map.h"
#include "engine/token/draft.h"
#include "engine/token/model.h"
#include "engine/token/normalizer.h"

struct added_token {
    char *content; /* owned; as added */
    char *shown;   /* owned; as decoded and looked for: normalized when that is asked for */
    int32_t id;
    bool single_word, lstrip, rstrip, normalized, special;
    bool ever_special; /* once special, a content stays so for skip_special_tokens */
    bool skipped;      /* left out under skip_special_tokens */
};
struct trie_node;
struct trie {
    struct trie_node *nodes;
    uint32_t len, cap;
    uint32_t first[256]; /* node of each first byte, 0 for none */
};
struct added {
    struct added_token **items; /* in order of addition */
    size_t len;
    struct map contents; /* → index of items */
    uint32_t *by_id;     /* [end] index + 1, or 0 */
    int32_t end;         /* one more than the largest id */
    bool ignore_special; /* split_special_tokens: special ones are text like any other */
    struct trie raw, normalized;
};

void added_done(struct added *a); /* copes with a zeroed struct */
/* Adds one token, or updates the one of the same content; next is the id it takes when the
 * vocabulary has none for it, and is then counted up. After the last one call added_build().
 * 0 or ERR_LIMIT. */
int added_add(struct added *a, const struct added_token *token, const struct model *model,
              const struct normalizers *normalizers, int32_t *next);
/* The id that the next token takes which the vocabulary has none for. */
int32_t added_next_id(const struct added *a, const struct model *model);
void added_build(struct added *a);
const struct added_token *added_by_id(const struct added *a, int32_t id); /* or NULL */
const struct added_token *added_by_content(const struct added *a, const char *content,
                                           size_t len); /* or NULL */
/* Its place in the order of addition. */
size_t added_index(const struct added *a, const struct added_token *token);
/* Cuts text[begin, end) and appends the pieces to out. */
void added_split(const struct added *a, const struct trie *trie, const struct text *text,
                 size_t begin, size_t end, struct pieces *out);
