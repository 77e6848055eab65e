/* SPDX-License-Identifier: Apache-2.0 */
/* regex: the Oniguruma patterns of tokenizer.json, run by PCRE2.
 *
 * A pattern is translated first (pattern_translate), because the two dialects give some of the
 * same spellings different meanings; what cannot be translated exactly is refused by name. A
 * match that backtracks without end is a failure, never a hang. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct regex;

/* Compiles. 0; ERR_FORMAT for what is no pattern; ERR_UNSUPPORTED for what has no translation. */
int regex_new(struct regex **out, const char *pattern);
void regex_free(struct regex *r); /* NULL is fine */

/* Walks the matches in text[0, len), valid UTF-8, in the order and with the rule for empty
 * matches of Oniguruma's iterator. One walk at a time per struct; many per regex. */
struct regex_walk {
    const struct regex *regex;
    const char *text;
    size_t len;
    size_t begin, end;     /* the match */
    size_t next, last_end; /* where to look; end of the match before, or SIZE_MAX */
    int64_t deadline_ns;
    unsigned steps;
    void *match, *context; /* PCRE2's */
};
void regex_walk_init(struct regex_walk *w, const struct regex *r);
void regex_walk_done(struct regex_walk *w);
void regex_walk_start(struct regex_walk *w, const char *text, size_t len);
/* 1 with begin and end set, 0 at the end, or ERR_LIMIT. */
int regex_walk_next(struct regex_walk *w);

/* Whether \p{sc:NAME} is a script to PCRE2, whose table of them is the one that counts. */
bool regex_knows_script(const char *name, size_t len);
/* PCRE2's spelling of an Oniguruma pattern, appended to out. 0 or ERR_UNSUPPORTED. */
int pattern_translate(struct buf *out, const char *pattern);
