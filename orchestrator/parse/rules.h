/* SPDX-License-Identifier: Apache-2.0 */
/* rules: all rules in the order in which they are tried, compiled, and what they make of a text.
 *
 * Logs are untrusted, and so may patterns be: a match has limits, and a pattern that runs into one
 * has given up, which is no match. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/parse/rule.h"

struct arena;
struct buf;

/* What a rule made of a text. Strings live in the arena given to rules_match(). */
struct rule_match {
    const struct rule *rule;
    const char *location; /* "engine/graph/plan.c:214", or "" */
    const char *what;     /* the telling part, or the whole matched line */
    size_t line;          /* of the match in its text, from 1 */
};

struct rules;

/* The rules of the program and those of the files at paths, NULL-terminated (NULL = none). 0, or
 * ERR_FORMAT naming file and key, or the rule and the offset where its pattern is wrong, or two
 * rules of one id; ERR_NOTFOUND, ERR_IO, ERR_LIMIT. */
int rules_open(struct rules **out, const char *const *paths);
void rules_close(struct rules *r); /* NULL is fine */
/* The first row that matches the message (RULE_MESSAGE rows) or the log (RULE_LOG rows). Both
 * texts may be NULL. Only the last RULE_LOG_MAX bytes of a log are read. True when one did. */
bool rules_match(const struct rules *r, struct arena *arena, const char *message, const char *log,
                 size_t log_len, struct rule_match *out);
/* All rows in the order in which they are tried; *count of them. Borrowed from r. */
const struct rule *const *rules_list(const struct rules *r, size_t *count);
/* How often a pattern gave up so far; *rule is the one that last did. */
size_t rules_gave_up(const struct rules *r, const struct rule **rule);

/* Holds every rule against its fixtures. A line for each fault is appended; returns how many.
 * *fixtures is how many were tried. */
size_t rules_check(const struct rules *r, struct buf *faults, size_t *fixtures);

enum { RULE_LOG_MAX = 1 << 20 };
