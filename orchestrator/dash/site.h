/* SPDX-License-Identifier: Apache-2.0 */
/* site: what every page is made from, read once, and how a page gets into a file.
 *
 * A dashboard shows one subject: that of the newest run. A run that covered a part only does not
 * hide the rest: a cell stands with the newest finished run that has it. */
#pragma once

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/map.h"
#include "orchestrator/dash/html.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/flakes.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/timings.h"
#include "orchestrator/sweep/newlines.h"

struct db;

enum {
    SITE_RUNS = 30,           /* runs behind a sparkline and in the list of runs */
    SITE_PAGE_MAX = 64 << 20, /* bytes of one page */
    SITE_ROUGH_MAX = 500,     /* cases of a run that need a look and are listed */
};

struct site_run {
    struct run run;
    const char *page; /* "runs/20261121-023511-e055885.html" */
    struct run_cell *cells;
    size_t n_cells;
    struct rates rates;
    struct result *rough; /* needs a look, at most SITE_ROUGH_MAX, by cell and case */
    size_t n_rough;
    struct result *changed; /* worth a line, regressions first; also what is gone */
    size_t n_changed, n_regressed;
    int64_t changes[CHANGE_COUNT]; /* with what is gone */
    struct shift_row *shifts;      /* [n_shifts] what passes, but not as before */
    size_t n_shifts;
};

struct site_cell {
    struct run_cell now; /* in the newest finished run that has it */
    const struct site_run *run;
    const char *page; /* "cells/qwen3.cpu.bf16.html" */
    struct rates rates;
    struct result *results;
    size_t n_results;
    const struct run_cell *history[SITE_RUNS]; /* finished runs that have it, newest first */
    size_t n_history;
    struct timing_cell *times; /* [n_times] comparable runs with times, oldest first */
    size_t n_times;
};

struct site {
    struct db *db;
    struct arena arena; /* all rows below */
    const char *logs, *out;
    struct site_run *runs; /* newest first, whatever their state */
    size_t n_runs;
    const struct site_run *now; /* newest finished one, or the newest when none is finished */
    struct site_cell *cells;    /* by name */
    size_t n_cells;
    const char **families; /* of cells, sorted, each once */
    size_t n_families;
    const char **suites; /* of cells, in order of appearance */
    size_t n_suites;
    struct flake_row *flakes; /* [n_flakes] cases that are flaky, as known up to `now` */
    size_t n_flakes;
    struct map written; /* names of the files of this dashboard */
    struct newlines newlines;
    struct {
        const char *name; /* of the log that text holds; NULL = none yet */
        struct buf text;
        int rc; /* of reading it */
    } log;
};

/* Red, flaky, lost or never run: what a person should see without looking for it. */
bool site_needs_look(enum verdict v);

/* One kind of page; registration is the file in pages/. write() makes all files of its kind. */
struct page {
    const char *name;
    int order; /* lower first; index.html is last */
    int (*write)(struct site *site);
};

/* 0, ERR_NOTFOUND without a run, ERR_IO. */
int site_open(struct site *out, struct db *db, const char *logs, const char *folder);
void site_close(struct site *site); /* copes with a zeroed struct */

/* Writes `out` as <folder>/name, whole or not at all, and frees it. A file that holds these bytes
 * already is left alone. 0, ERR_IO or ERR_LIMIT. */
int site_write(struct site *site, const char *name, struct buf *out);
/* site_write() unless rc, of filling the page, is a failure; then frees it and returns rc. */
int site_finish(struct site *site, const char *name, struct buf *out, int rc);
/* The line at the foot of a page: how old its figures are, and who wrote it. */
const char *site_note(struct site *site);
/* Removes pages of ours that this dashboard no longer has from models/, runs/ and cells/. What
 * lacks HTML_MARK stays. 0 or ERR_IO. */
int site_prune(struct site *site);

/* The cell of suite × family × label, or NULL. */
const struct site_cell *site_cell(const struct site *site, const char *suite, const char *family,
                                  const char *label);
/* The cell of an id, or NULL. */
const struct site_cell *site_cell_of(const struct site *site, int64_t cell);
/* The run of an id, or NULL when it is too old to have a page. */
const struct site_run *site_run_of(const struct site *site, int64_t run);
/* What is known of a case's flakiness, or NULL. */
const struct flake_row *site_flake_of(const struct site *site, int64_t cell, int64_t case_id);
/* The same cell in another run, or NULL. */
const struct run_cell *site_past(const struct site_run *run, const struct site_cell *cell);
/* Pass rates of a cell, oldest first, NAN where nothing ran. Returns how many. */
size_t site_series(const struct site_cell *cell, double out[SITE_RUNS]);
/* Pass rates of a family in a suite, or in all (NULL), over the finished runs that have it, oldest
 * first. Returns how many. */
size_t site_family_series(const struct site *site, const char *suite, const char *family,
                          double out[SITE_RUNS]);
/* Sums the counts of the cells of a suite, or of all (NULL), and of a family, or of all (NULL). */
struct rates site_rates(const struct site *site, const char *suite, const char *family);
/* "models/qwen3.html". Returns out. */
const char *site_model_page(const char *family, char out[HTML_SLUG_SIZE + 16]);
