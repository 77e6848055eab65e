/* SPDX-License-Identifier: Apache-2.0 */
/* watch: what a run found to pass, but not as it did: slower, faster, or farther off.
 *
 * A time that looks new is a suspicion, until its whole cell was run PACE_REPEATS times more in the
 * same sweep and each time said so: the cell, for a case is as warm as those before it left the
 * machine. What the repeats say are attempts like others: one that fails makes its case flaky. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/shifts.h"

struct arena;
struct buf;
struct db;
struct run;

enum { WATCH_BUDGET_MS = 120000 }; /* of workers, for one round of repeats */

struct watch_case {
    int64_t id;
    const char *name;
    int attempts; /* so far */
};

/* A cell that has to be run again, and its cases that pass. */
struct watch_cell {
    int64_t id;
    const char *name;
    struct watch_case *cases; /* [count] */
    size_t count;
};

struct watch {
    struct shift_row *found; /* [n_found] what all attempts agree on */
    size_t n_found;
    struct watch_cell *again; /* [n_again] within the budget */
    size_t n_again;
    size_t suspects; /* cases that are neither found nor cleared */
};

/* Times of a run whose cases all have their verdicts. Rows in the arena. 0 or ERR_IO. */
int watch_times(struct watch *out, struct db *db, struct arena *arena, const struct run *run);
/* Drifts of its errors: 10 times the worst on record, and no rounding noise. */
int watch_errors(struct db *db, struct arena *arena, const struct run *run, struct shift_row **out,
                 size_t *len);
/* "slower  CELL  CASE: 1.62 × …", without a newline. */
void watch_put_line(struct buf *out, const struct shift_row *s);
/* A line per shift, at most `limit` and the most of them first; "3 slower, 1 drift" before. Nothing
 * without any. */
void watch_print(struct buf *out, struct arena *arena, const struct shift_row *rows, size_t len,
                 size_t limit);
