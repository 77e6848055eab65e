/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: one PCRE2, compiled once, over text that nobody vouches for.
 *
 * Text and pattern are UTF-8; bytes of the text that are not match nothing. A match has limits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct pattern;

enum pattern_flags {
    PATTERN_CASELESS = 1 << 0,
    PATTERN_LINES = 1 << 1, /* ^ and $ at each line */
};

/* 0, or ERR_FORMAT with the offset and what is wrong there. */
int pattern_new(struct pattern **out, const char *text, int flags);
void pattern_free(struct pattern *p); /* NULL is fine */

/* The first match at or behind `from`: true, and its place. Where a limit stops the search,
 * *given_up (may be NULL) is set and the answer is false. */
bool pattern_find(const struct pattern *p, const char *text, size_t len, size_t from, size_t *begin,
                  size_t *end, bool *given_up);
