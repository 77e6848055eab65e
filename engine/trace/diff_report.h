/* SPDX-License-Identifier: Apache-2.0 */
/* diff_report: a diff as a table for people, or as one JSON object. */
#pragma once

#include "engine/base/buf.h"
#include "engine/trace/diff.h"

/* a and b: what to call the two. all: a line for each pair, else up to the first that exceeds and
 * those that do. */
void diff_report_text(struct buf *out, const struct diff *d, const char *a, const char *b,
                      bool all);
void diff_report_json(struct buf *out, const struct diff *d, const char *a, const char *b);
