/* SPDX-License-Identifier: Apache-2.0 */
/* chart: small inline SVG pictures. Colours come from the style sheet, so they follow the
 * reader's light or dark. Each picture carries its figures as a <title> for those who cannot
 * see it. */
#pragma once

#include <stddef.h>

#include "orchestrator/dash/html.h"

/* A line through values (each 0…1, NAN = no run), oldest first; what = "pass rate". Nothing
 * is drawn of a single run. */
void chart_spark(struct html *h, const double *values, size_t count, const char *what);
/* Shares of one whole, as a bar: passed, failed, not applicable, not run. */
void chart_shares(struct html *h, int64_t passed, int64_t failed, int64_t na, int64_t missing);

struct chart_square {
    const char *class; /* "pass", "fail", "na", "warn" or "none" */
    const char *title; /* "20261121-023511: numerics" */
};
/* A square per run, oldest first. */
void chart_strip(struct html *h, const struct chart_square *squares, size_t count);

/* One run of the trend; shares in 0…1, NAN = no figure. */
struct chart_point {
    double pass, coverage;
    int64_t red;
    const char *label; /* what the pointer shows: run and date */
};
/* A cell's time in one run, as a multiple of the usual. */
struct chart_time {
    double share;
    int64_t slower, faster; /* cases whose time changed in this run: a mark */
    const char *label;      /* what the pointer shows */
};
/* Times over runs from zero up, oldest first, with a mark where they changed; nothing is drawn of
 * a single run. first and last as below. */
void chart_times(struct html *h, const struct chart_time *times, size_t count, const char *first,
                 const char *last);

/* Pass rate and coverage over runs with axes, the failed cases as columns below; oldest first.
 * first and last are written below the axis. */
void chart_trend(struct html *h, const struct chart_point *points, size_t count, const char *first,
                 const char *last);
