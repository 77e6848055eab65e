/* SPDX-License-Identifier: Apache-2.0 */
/* progress: how far a sweep is, on stderr: a line that is drawn over on a terminal, a plain line
 * now and then elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool terminal;
    int64_t began_ns, drawn_ns;
    size_t width; /* of the line that stands on the terminal */
    int64_t done_at_begin;
};

/* What is drawn. */
struct progress_state {
    int64_t cases_done, cases; /* of the run */
    size_t cells_done, cells;
    const char *current; /* cells at work, "" = none */
};

/* done: cases that were recorded before, which say nothing of this stretch's speed. */
void progress_begin(struct progress *p, int64_t done);
/* Draws when it is time; now = whatever the time. */
void progress_show(struct progress *p, const struct progress_state *s, bool now);
/* Ends the line on the terminal. */
void progress_end(struct progress *p);
