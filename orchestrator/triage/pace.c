/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/pace.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"

/* Below this a history is too calm to be believed: processors do jitter. */
#define SPREAD_MIN 0.02
/* The standard deviation of a bell curve over its median absolute deviation, and the variance of a
 * median over that of a mean. */
#define MAD_TO_SIGMA  1.4826
#define MEDIAN_SPREAD 1.5708

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts. */
static double median(double *values, size_t len) {
    CHECK(len > 0);
    qsort(values, len, sizeof(*values), by_value);
    return (values[(len - 1) / 2] + values[len / 2]) / 2;
}

/* Where the piece that begins at i ends. */
static size_t piece_end(const struct pace_point *history, size_t len, size_t i) {
    for (i++; i < len && !history[i].shifted; i++) {
    }
    return i;
}

/* How far each lies from the middle of its piece; *level is that of the last piece. */
static double spread_of(const struct pace_point *history, size_t len, double *level, size_t *runs) {
    double off[PACE_RUNS_MAX], piece[PACE_RUNS_MAX];
    for (size_t begin = 0, end; begin < len; begin = end) {
        end = piece_end(history, len, begin);
        for (size_t i = begin; i < end; i++)
            piece[i - begin] = log(history[i].ratio);
        *level = median(piece, end - begin);
        *runs = end - begin;
        for (size_t i = begin; i < end; i++)
            off[i] = fabs(log(history[i].ratio) - *level);
    }
    return fmax(SPREAD_MIN, MAD_TO_SIGMA * median(off, len));
}

void pace_judge(struct pace *out, const struct pace_point *history, size_t len, double now,
                double unit_ms) {
    double level = 0;
    *out = (struct pace){0};
    if (len > PACE_RUNS_MAX) {
        history += len - PACE_RUNS_MAX;
        len = PACE_RUNS_MAX;
    }
    if (len < PACE_RUNS_MIN || !(now > 0))
        return;
    double spread = spread_of(history, len, &level, &out->runs);
    out->before = exp(level);
    double limit = PACE_SPREADS * spread * sqrt(1 + MEDIAN_SPREAD / (double)out->runs);
    limit = fmax(limit, log(PACE_FACTOR));
    double off = log(now) - level;
    if (fabs(off) >= limit && fabs(now - out->before) * unit_ms >= PACE_FLOOR_MS)
        out->kind = off > 0 ? SHIFT_SLOWER : SHIFT_FASTER;
}
