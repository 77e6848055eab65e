/* SPDX-License-Identifier: Apache-2.0 */
/* rule_file: a file of rules: JSON with comments, described in docs/rules.md.
 *
 * A key that is not known is refused. Whether a pattern is one is for rules.h to say. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/parse/rule.h"

struct arena;

enum { RULE_FILE_BYTES_MAX = 4 << 20, RULE_ROWS_MAX = 2000, RULE_PATTERN_MAX = 8192 };

struct rule_file {
    const char *name;  /* as messages call it */
    int64_t order;     /* files with a lower one are tried first */
    struct rule *rows; /* [len] */
    size_t len;
};

/* All strings are copied into arena. 0, or ERR_FORMAT naming the key. */
int rule_file_parse(struct rule_file *out, struct arena *arena, const char *text, size_t len,
                    const char *name);
/* The same for a file. Also ERR_NOTFOUND, ERR_IO, ERR_LIMIT. */
int rule_file_load(struct rule_file *out, struct arena *arena, const char *path);

/* The files of rules/, without ".json", as they were when the program was built; ended by a name
 * that is NULL. */
struct rule_text {
    const char *name;
    const char *text;
    size_t len;
};
extern const struct rule_text rule_texts[];
