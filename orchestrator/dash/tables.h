/* SPDX-License-Identifier: Apache-2.0 */
/* tables: what several pages list: changes, failure groups, cells, runs. */
#pragma once

#include "orchestrator/dash/site.h"

/* Cases whose change is worth a line, one line for a case that changed alike in several cells, at
 * most `limit` lines and then a link to the run's page; a sentence when nothing changed. */
void table_changes(struct html *h, const struct site *site, const struct site_run *run,
                   size_t limit);
/* Causes of a run's failures with the cells they hit; a sentence when nothing failed. */
int table_groups(struct html *h, struct site *site, const struct site_run *run);
/* Cells of a run, or of a family in it (NULL = all), a line each. */
void table_cells(struct html *h, const struct site *site, const struct run_cell *cells, size_t len);
/* What passes and is slower, faster or less exact than before, one line for a case that shifted in
 * several cells, most of them first; at most `limit` lines. Nothing without any. */
struct shift_row;
void table_shifts(struct html *h, const struct site *site, struct shift_row *rows, size_t len,
                  size_t limit);
/* Cases that are flaky, most failures first, at most `limit`; nothing without any. */
void table_flakes(struct html *h, const struct site *site, size_t limit);
/* The newest `limit` runs. */
void table_runs(struct html *h, const struct site *site, size_t limit);
