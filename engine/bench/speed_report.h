/* SPDX-License-Identifier: Apache-2.0 */
/* speed_report: what was measured beside what was possible, for people and for programs. */
#pragma once

#include "engine/base/buf.h"
#include "engine/bench/speed.h"

/* One thread count of a model. */
struct speed_report {
    const char *model; /* the path's last part */
    const struct speed *speed;
};

/* The head of a Markdown table, one row per test, and a line below it with load time and memory. */
void speed_report_head(struct buf *out);
void speed_report_rows(struct buf *out, const struct speed_report *r);
void speed_report_foot(struct buf *out, const struct speed_report *r);
/* One object. */
void speed_report_put(struct json_writer *w, const char *key, const struct speed_report *r);
