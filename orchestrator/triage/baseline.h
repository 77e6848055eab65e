/* SPDX-License-Identifier: Apache-2.0 */
/* baseline: which lines of a log were never seen while all was well.
 *
 * Two lines are the same when they are once masked as signatures are (signature.h), so that times,
 * addresses and figures make no line new. */
#pragma once

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"

enum { BASELINE_LINE_MAX = 1000, BASELINE_LINES_MAX = 200 };

/* The lines that are known. */
struct baseline {
    struct arena arena;
    struct map seen;
};

void baseline_init(struct baseline *b);
void baseline_done(struct baseline *b); /* copes with a zeroed struct */
void baseline_add(struct baseline *b, const char *text, size_t len);

struct baseline_line {
    const char *text; /* without its newline, at most BASELINE_LINE_MAX bytes */
    size_t number;    /* in its text, from 1 */
    size_t count;     /* how often it comes, masked */
};

/* Lines of text that are not known, each once, as they come; at most BASELINE_LINES_MAX of them.
 * Blank lines are none. Returns how many; *more counts those beyond. */
size_t baseline_diff(const struct baseline *b, struct arena *arena, const char *text, size_t len,
                     struct baseline_line **out, size_t *more);
