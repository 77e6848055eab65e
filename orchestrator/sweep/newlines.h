/* SPDX-License-Identifier: Apache-2.0 */
/* newlines: what a failed case wrote that was never seen in the last good log of its cell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/store/results.h"
#include "orchestrator/sweep/caselog.h"
#include "orchestrator/triage/baseline.h"

struct buf;

/* Reads logs; those read last are kept, for cases are asked for cell by cell. */
struct newlines {
    struct db *db;
    struct caselog now, good;
    struct baseline baseline; /* of the log that good_log names */
    char *good_log;           /* NULL = none yet */
};

void newlines_init(struct newlines *n, struct db *db, const char *logs);
void newlines_done(struct newlines *n); /* copes with a zeroed struct */

struct newlines_found {
    const char *run_name; /* whose log was good; "" = there is none, and nothing can be told */
    bool whole;           /* all of the cell was well there; else this case was */
    struct baseline_line *lines; /* [len] */
    size_t len, more;
};

/* The newest run before r's in which nothing of the cell was red, else the newest in which this
 * case passed. Strings are in arena. 0, or ERR_IO; a log that is gone tells nothing and is no
 * failure. */
int newlines_find(struct newlines *n, struct arena *arena, const struct result *r,
                  struct newlines_found *out);
/* "New since RUN:" and the lines, at most `most`; nothing when nothing can be told. */
void newlines_print(struct buf *out, const struct newlines_found *found, size_t most);
