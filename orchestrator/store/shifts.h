/* SPDX-License-Identifier: Apache-2.0 */
/* shifts: what changed in a case that passes as it did before: its time, or how far off it is.
 *
 * A time is a ratio: processor time of the case over that of the calibration of the same worker
 * (see docs/events.md). The numbers of the kinds are stored. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

#define SHIFT_MAP(X)       \
    X(SLOWER, 1, "slower") \
    X(FASTER, 2, "faster") \
    X(DRIFT, 3, "drift")

enum shift {
    SHIFT_NONE = 0,
#define X(name, code, text) SHIFT_##name = (code),
    SHIFT_MAP(X)
#undef X
        SHIFT_COUNT
};
const char *shift_name(enum shift s);    /* "slower"; "" for SHIFT_NONE */
enum shift shift_find(const char *name); /* SHIFT_NONE when there is none */

/* Strings are never NULL; the names are filled in by shifts_list(). */
struct shift_row {
    int64_t run, cell, case_id;
    enum shift kind;
    double before, now; /* time: ratios, `before` the median; drift: NMSE, `before` the worst */
    int64_t runs;       /* time: how many of them `before` is made of */
    int64_t attempts;   /* time: how often it was run, all alike */
    const char *run_name, *cell_name, *case_name, *family, *label;
};
/* How many times as long as before, or as far off; above 1 also for what got faster. */
double shift_factor(const struct shift_row *s);

/* Those of runs after `after` up to `to`, of one cell (0 = all), by kind, cell and case. 0 or
 * ERR_IO. */
int shifts_list(struct db *db, struct arena *arena, int64_t after, int64_t to, int64_t cell,
                struct shift_row **out, size_t *len);
/* For the writer: adds one, or writes it anew. 0 or ERR_IO. */
int shifts_put(struct db *db, const struct shift_row *s);

/* The ratchet: per environment, cell and case the worst NMSE that ever passed against the same
 * golden and limit. Those cases of a run that passed first and are `times` farther off than the
 * worst before, as drifts; what lies below floor × limit is no drift. 0 or ERR_IO. */
int shifts_find_drifts(struct db *db, struct arena *arena, int64_t run, double times, double floor,
                       struct shift_row **out, size_t *len);
/* Turns the ratchet by a finished run. */
int shifts_turn_ratchet(struct db *db, int64_t run);
