/* SPDX-License-Identifier: Apache-2.0 */
/* cuts: where a pattern matched in a piece of text, and what lies between. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/token/text.h"

struct cut {
    size_t begin, end;
    bool match;
};
struct cuts {
    struct cut *data;
    size_t len, cap;
};

/* Cuts of a piece must cover it without a gap; empty ones are kept until pieces_split(). */
void cuts_reset(struct cuts *c);
void cuts_add(struct cuts *c, size_t begin, size_t end, bool match);

/* Cuts text[begin, end) at each character that is_match says yes to. */
typedef bool code_fn(uint32_t cp, const void *arg);
void cuts_by_code(struct cuts *c, const struct text *text, size_t begin, size_t end,
                  code_fn *is_match, const void *arg);
struct regex_walk;
/* 0 or ERR_LIMIT. */
int cuts_by_regex(struct cuts *c, const struct text *text, size_t begin, size_t end,
                  struct regex_walk *walk);
void cuts_by_string(struct cuts *c, const struct text *text, size_t begin, size_t end,
                    const char *string, size_t len);
