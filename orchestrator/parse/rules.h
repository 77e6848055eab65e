/* SPDX-License-Identifier: Apache-2.0 */
/* rules: every registered rule, compiled, and what they make of a text.
 *
 * Logs are untrusted: a match has limits, and a pattern that runs into one simply does not match.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/parse/rule.h"

struct arena;

/* What a rule made of a text. Strings live in the arena given to rules_match(). */
struct rule_match {
    const struct rule *rule;
    const char *location; /* "engine/graph/plan.c:214", or "" */
    const char *what;     /* the telling part, or the whole matched line */
    size_t line;          /* of the match in its text, from 1 */
};

struct rules;

/* Compiles every registered row. 0, or ERR_FORMAT naming the row whose pattern is wrong. */
int rules_open(struct rules **out);
void rules_close(struct rules *r); /* NULL is fine */
/* The first row that matches the message (RULE_MESSAGE rows) or the log (RULE_LOG rows). Both
 * texts may be NULL. Only the last RULE_LOG_MAX bytes of a log are read. True when one did. */
bool rules_match(const struct rules *r, struct arena *arena, const char *message, const char *log,
                 size_t log_len, struct rule_match *out);
/* All rows in the order in which they are tried; *count of them. Borrowed from r. */
const struct rule *const *rules_list(const struct rules *r, size_t *count);

enum { RULE_LOG_MAX = 1 << 20 };
