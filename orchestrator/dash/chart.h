/* SPDX-License-Identifier: Apache-2.0 */
/* chart: small inline SVG pictures. Colours come from the style sheet, so they follow the
 * reader's light or dark. Each picture carries its figures as a <title> for those who cannot
 * see it. */
#pragma once

#include <stddef.h>

#include "orchestrator/dash/html.h"

/* A line through values (each 0…1, NAN = no run), oldest first; what = "pass rate of …". */
void chart_spark(struct html *h, const double *values, size_t count, const char *what);
/* Shares of one whole, as a bar: passed, failed, not applicable, not run. */
void chart_shares(struct html *h, int64_t passed, int64_t failed, int64_t na, int64_t missing);
/* A square per run, oldest first: 'p' pass, 'f' failed, 'n' not applicable, 'm' not run. */
void chart_strip(struct html *h, const char *verdicts, size_t count);
/* Rates over runs with axes: values in 0…1 (NAN = no figure), labels of first and last run. */
void chart_trend(struct html *h, const double *values, size_t count, const char *first,
                 const char *last);
