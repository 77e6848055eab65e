/* SPDX-License-Identifier: Apache-2.0 */
/* finder: collects what the rules find, one rule on one commit after the other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/policy/policy.h"

struct arena;
struct pattern;

struct finder {
    struct arena *arena;
    struct findings *out;
    const char *prefix;                      /* "" or "sub/": where paths of rules begin */
    const char *rule, *kind, *commit, *mend; /* of what is asked now */
    bool warning;
    size_t room;
};

/* Place: "subject", "body", a path; line 0 = none. Past POLICY_FOUND_MAX only counted. */
void finder_add(struct finder *f, const char *place, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether the pattern is in the text. A search that gives up is a violation itself, and true. */
bool finder_match(struct finder *f, const struct pattern *p, const char *text, size_t len,
                  const char *place, size_t line);
/* For what must not stand there, also in another form (fold.h): what matched, on one line; NULL
 * when nothing did or the search gave up. */
const char *finder_search(struct finder *f, const struct pattern *p, const char *text, size_t len,
                          const char *place, size_t line);
/* A path from the top of the tree as rules name it: from where they stand, "../x" when it lies
 * elsewhere. */
const char *finder_path(const struct finder *f, const char *path);
/* "subject", "body" or "trailer": where the line of that index stands. */
const char *finder_place(const struct message *m, size_t index);
