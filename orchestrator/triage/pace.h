/* SPDX-License-Identifier: Apache-2.0 */
/* pace: whether a time is another than it was, told from a history that jitters.
 *
 * Times are ratios to a calibration, looked at as logarithms, for jitter is a share. A history
 * falls into pieces, a new one wherever a change was found; the newest is where the case stands,
 * and how far all lie from the middle of their own piece is how much it jitters: medians both, so
 * that a lost run among them does not count. A change is what lies PACE_SPREADS spreads outside,
 * by at least the factor PACE_FACTOR and PACE_FLOOR_MS. That is a suspicion: who asks runs the
 * case PACE_REPEATS times more and believes it when each time says the same.
 * tests/orchestrator/triage/pace_test.c measures how often that is wrong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/store/shifts.h"

enum { PACE_RUNS_MIN = 8, PACE_RUNS_MAX = 30, PACE_REPEATS = 4 };
#define PACE_SPREADS  4.0
#define PACE_FACTOR   1.25
#define PACE_FLOOR_MS 0.25

struct pace_point {
    double ratio;
    bool shifted; /* a change was found here: this run begins a piece */
};

struct pace {
    enum shift kind; /* SHIFT_NONE, _SLOWER or _FASTER */
    double before;   /* the ratio it had, 0 = nobody knows */
    size_t runs;     /* of the piece that it is the median of */
};

/* history is oldest first; with fewer than PACE_RUNS_MIN nothing can be told. unit_ms is what the
 * calibration took for `now`, so that ratio × unit_ms are milliseconds. */
void pace_judge(struct pace *out, const struct pace_point *history, size_t len, double now,
                double unit_ms);
