/* SPDX-License-Identifier: Apache-2.0 */
/* parts: small pieces that several pages share. Each writes escaped markup into the page, or words
 * into the caller's room, which it returns. */
#pragma once

#include "orchestrator/dash/site.h"

enum { PART_SIZE = 48 };

/* "2026-11-21 02:35 UTC"; "–" for 0. */
const char *part_time(int64_t wall_ms, char out[PART_SIZE]);
/* "4 min 12 s", "830 ms"; "–" below 0. */
const char *part_duration(double ms, char out[PART_SIZE]);
/* "120e5509a1b2", with "+" behind it when the checkout was dirty. */
const char *part_commit(const struct run *run, char out[PART_SIZE]);
/* "99.9 %"; a share that is not quite 1 never reads 100.0 %, one above 0 never 0.0 %. "–" for
 * NAN. */
const char *part_percent(double share, char out[PART_SIZE]);
/* "87.5 MiB". */
const char *part_bytes(int64_t kib, char out[PART_SIZE]);
/* The word for n of them. */
const char *part_plural(int64_t n, const char *one, const char *many);

/* "ok", "bad", "warn" or "na". */
const char *part_verdict_class(enum verdict v);
const char *part_change_class(enum change c, enum verdict before);
const char *part_rates_class(const struct rates *r);
void part_verdict_tag(struct html *h, enum verdict v);
void part_change_tag(struct html *h, enum change c, enum verdict before);

/* Link to a run's page; its name alone when it has none. */
void part_run_link(struct html *h, const struct site_run *run, const char *name);
/* Link to the page of a cell, with this label. */
void part_cell_link(struct html *h, const struct site_cell *cell, const char *label);
/* The four rates and the count of cases, as cards; below each, the mean over `n_each` models
 * (0 = not said). */
void part_rates(struct html *h, const struct rates *r, const struct rates *each, size_t n_each);
/* Heading of the columns that part_rates_row() fills. */
void part_rates_head(struct html *h);
/* Cells of a table row: cases, pass %, its interval, failed, coverage, na, infra, bar. */
void part_rates_row(struct html *h, const struct rates *r);
/* Where one table tells of several suites: a row of so many columns that names the next. before:
 * the suite of the row above, NULL = there is none. */
void part_suite_row(struct html *h, const struct site *site, const char *suite, const char *before,
                    int columns);
/* Opens and closes a table that scrolls by itself on a narrow screen. */
void part_table_open(struct html *h, const char *class);
void part_table_close(struct html *h);
