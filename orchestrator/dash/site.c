/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/site.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"

bool site_needs_look(enum verdict v) {
    return v != VERDICT_PASS && v != VERDICT_NA && v != VERDICT_XFAIL;
}

/* What became of a case that nobody needs to hear of. */
static bool is_dull(enum change c) {
    return c == CHANGE_NONE || c == CHANGE_STILL_PASSING || c == CHANGE_STILL_FAILING;
}

/* Whether a cell is of a suite and a family; NULL = of any. */
static bool is_of(const struct cell *c, const char *suite, const char *family) {
    return (!suite || strcmp(c->suite, suite) == 0) && (!family || strcmp(c->family, family) == 0);
}

static struct rates rates_of_cells(const struct run_cell *cells, size_t len, const char *suite,
                                   const char *family) {
    int64_t count[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < len; i++) {
        if (!is_of(&cells[i].cell, suite, family))
            continue;
        for (int v = 0; v < VERDICT_COUNT; v++)
            count[v] += cells[i].count[v];
    }
    return rates_of(count);
}

/* Regressions first, then by change, case and cell, so that what belongs together is together. */
static int by_weight(const void *a, const void *b) {
    const struct result *x = a, *y = b;
    int rx = results_is_regression(x);
    int ry = results_is_regression(y);
    if (rx != ry)
        return ry - rx;
    if (x->change != y->change)
        return (int)x->change - (int)y->change;
    int names = strcmp(x->case_name, y->case_name);
    return names ? names : strcmp(x->cell_name, y->cell_name);
}

static int read_changes(struct site *site, struct site_run *r) {
    struct result *here = NULL, *gone = NULL;
    size_t n_here = 0, n_gone = 0;
    if (!r->run.reference)
        return 0;
    struct result_filter filter = {.run = r->run.id};
    for (int c = 0; c < CHANGE_COUNT; c++)
        filter.changes |= is_dull((enum change)c) ? 0 : 1u << c;
    int rc = results_changes(site->db, r->run.id, r->changes);
    if (rc == 0)
        rc = results_list(site->db, &site->arena, &filter, &here, &n_here);
    if (rc == 0)
        rc = results_gone(site->db, &site->arena, r->run.id, &gone, &n_gone);
    if (rc < 0)
        return rc;
    r->changed = arena_array(&site->arena, n_here + n_gone, sizeof(*r->changed));
    if (n_here)
        memcpy(r->changed, here, n_here * sizeof(*here));
    if (n_gone)
        memcpy(r->changed + n_here, gone, n_gone * sizeof(*gone));
    r->n_changed = n_here + n_gone;
    r->changes[CHANGE_DISAPPEARED] += (int64_t)n_gone;
    for (size_t i = 0; i < r->n_changed; i++)
        r->n_regressed += results_is_regression(&r->changed[i]);
    if (r->n_changed)
        qsort(r->changed, r->n_changed, sizeof(*r->changed), by_weight);
    return 0;
}

static int read_rough(struct site *site, struct site_run *r) {
    struct result_filter filter = {.run = r->run.id, .limit = SITE_ROUGH_MAX};
    for (int v = 0; v < VERDICT_COUNT; v++)
        filter.verdicts |= site_needs_look((enum verdict)v) ? 1u << v : 0;
    return results_list(site->db, &site->arena, &filter, &r->rough, &r->n_rough);
}

static int read_runs(struct site *site) {
    struct run *newest = NULL, *rows = NULL;
    size_t found = 0;
    char slug[HTML_SLUG_SIZE];
    int rc = runs_list(site->db, &site->arena, NULL, 1, &newest, &found);
    if (rc < 0)
        return rc;
    if (!found)
        return err_set(ERR_NOTFOUND, "there is no run yet; \"noctule sweep\" makes one");
    rc = runs_list(site->db, &site->arena, newest->subject, SITE_RUNS, &rows, &site->n_runs);
    if (rc < 0)
        return rc;
    site->runs = arena_array(&site->arena, site->n_runs, sizeof(*site->runs));
    for (size_t i = 0; i < site->n_runs; i++) {
        struct site_run *r = &site->runs[i];
        r->run = rows[i];
        r->page = arena_printf(&site->arena, "runs/%s.html", html_slug(rows[i].name, slug));
        rc = cells_of_run(site->db, &site->arena, r->run.id, &r->cells, &r->n_cells);
        if (rc == 0)
            rc = read_changes(site, r);
        if (rc == 0)
            rc = read_rough(site, r);
        if (rc == 0)
            rc = shifts_list(site->db, &site->arena, r->run.id - 1, r->run.id, 0, &r->shifts,
                             &r->n_shifts);
        if (rc < 0)
            return rc;
        r->rates = rates_of_cells(r->cells, r->n_cells, NULL, NULL);
        if (!site->now && r->run.state == RUN_FINISHED)
            site->now = r;
    }
    if (!site->now)
        site->now = &site->runs[0];
    return 0;
}

static int by_name(const void *a, const void *b) {
    const struct site_cell *x = a, *y = b;
    return strcmp(x->now.cell.name, y->now.cell.name);
}

static bool counts(const struct site *site, const struct site_run *r) {
    return r->run.state == RUN_FINISHED || r == site->now;
}

/* The cells of the newest finished runs, back to one that covered everything. */
static void find_cells(struct site *site) {
    struct map seen = {0};
    size_t room = 0;
    map_init(&seen, 64);
    for (size_t i = 0; i < site->n_runs; i++)
        room += site->runs[i].n_cells;
    site->cells = arena_array(&site->arena, room, sizeof(*site->cells));
    for (size_t i = (size_t)(site->now - site->runs); i < site->n_runs; i++) {
        const struct site_run *r = &site->runs[i];
        if (!counts(site, r))
            continue;
        for (size_t k = 0; k < r->n_cells; k++) {
            const char *name = r->cells[k].cell.name;
            if (map_add(&seen, name, strlen(name), 0))
                site->cells[site->n_cells++] =
                    (struct site_cell){.now = r->cells[k],
                                       .run = r,
                                       .rates = rates_of_cells(&r->cells[k], 1, NULL, NULL)};
        }
        if (!*r->run.scope)
            break;
    }
    map_done(&seen);
    if (site->n_cells)
        qsort(site->cells, site->n_cells, sizeof(*site->cells), by_name);
}

const struct run_cell *site_past(const struct site_run *run, const struct site_cell *cell) {
    for (size_t i = 0; i < run->n_cells; i++)
        if (run->cells[i].cell.id == cell->now.cell.id)
            return &run->cells[i];
    return NULL;
}

static void read_history(struct site *site, struct site_cell *cell) {
    for (size_t i = 0; i < site->n_runs; i++) {
        const struct site_run *r = &site->runs[i];
        const struct run_cell *past = counts(site, r) ? site_past(r, cell) : NULL;
        if (past)
            cell->history[cell->n_history++] = past;
    }
}

/* "qwen3.cpu.bf16"; cells that would share a file get a hash of their full name each. */
static void name_pages(struct site *site) {
    struct map taken = {0};
    char slug[HTML_SLUG_SIZE];
    map_init(&taken, site->n_cells);
    const char **bases = arena_array(&site->arena, site->n_cells, sizeof(*bases));
    for (size_t i = 0; i < site->n_cells; i++) {
        const struct cell *c = &site->cells[i].now.cell;
        char *base = arena_printf(&site->arena, "%s.%s", c->family, c->variant.label);
        for (char *p = base + strlen(c->family); *p; p++)
            *p = *p == '/' ? '.' : *p;
        bases[i] = base;
        uint32_t n = 0;
        map_find(&taken, base, strlen(base), &n);
        map_set(&taken, base, strlen(base), n + 1);
    }
    for (size_t i = 0; i < site->n_cells; i++) {
        uint32_t n = 0;
        map_find(&taken, bases[i], strlen(bases[i]), &n);
        const char *name = n > 1 ? html_slug_with(bases[i], site->cells[i].now.cell.name, slug)
                                 : html_slug(bases[i], slug);
        site->cells[i].page = arena_printf(&site->arena, "cells/%s.html", name);
    }
    map_done(&taken);
}

static int read_results(struct site *site) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < site->n_cells; i++) {
        struct site_cell *c = &site->cells[i];
        struct result_filter filter = {.run = c->now.run, .cell = c->now.cell.id};
        rc = results_list(site->db, &site->arena, &filter, &c->results, &c->n_results);
        if (rc == 0)
            rc = timings_series(site->db, &site->arena, c->now.run, c->now.cell.id, SITE_RUNS,
                                &c->times, &c->n_times);
        read_history(site, c);
    }
    return rc;
}

static int by_text(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Adds text to a list unless it is there. */
static void add_once(const char **list, size_t *len, const char *text) {
    for (size_t i = 0; i < *len; i++)
        if (strcmp(list[i], text) == 0)
            return;
    list[(*len)++] = text;
}

static void name_axes(struct site *site) {
    site->families = arena_array(&site->arena, site->n_cells, sizeof(*site->families));
    site->suites = arena_array(&site->arena, site->n_cells, sizeof(*site->suites));
    for (size_t i = 0; i < site->n_cells; i++) {
        add_once(site->families, &site->n_families, site->cells[i].now.cell.family);
        add_once(site->suites, &site->n_suites, site->cells[i].now.cell.suite);
    }
    if (site->n_families)
        qsort(site->families, site->n_families, sizeof(*site->families), by_text);
}

int site_open(struct site *out, struct db *db, const char *logs, const char *folder) {
    *out = (struct site){.db = db, .logs = logs, .out = folder};
    arena_init(&out->arena, 0);
    map_init(&out->written, 128);
    newlines_init(&out->newlines, db, logs);
    int rc = read_runs(out);
    if (rc == 0) {
        find_cells(out);
        rc = read_results(out);
    }
    if (rc == 0)
        rc = flakes_list(db, &out->arena, out->now->run.id, false, &out->flakes, &out->n_flakes);
    if (rc == 0) {
        name_pages(out);
        name_axes(out);
    }
    return rc < 0 ? err_while(rc, "reading the dashboard's figures") : 0;
}

void site_close(struct site *site) {
    map_done(&site->written);
    newlines_done(&site->newlines);
    buf_done(&site->log.text);
    arena_done(&site->arena);
}

const struct site_cell *site_cell(const struct site *site, const char *suite, const char *family,
                                  const char *label) {
    for (size_t i = 0; i < site->n_cells; i++)
        if (is_of(&site->cells[i].now.cell, suite, family) &&
            strcmp(site->cells[i].now.cell.variant.label, label) == 0)
            return &site->cells[i];
    return NULL;
}

const struct site_cell *site_cell_of(const struct site *site, int64_t cell) {
    for (size_t i = 0; i < site->n_cells; i++)
        if (site->cells[i].now.cell.id == cell)
            return &site->cells[i];
    return NULL;
}

const struct flake_row *site_flake_of(const struct site *site, int64_t cell, int64_t case_id) {
    for (size_t i = 0; i < site->n_flakes; i++)
        if (site->flakes[i].cell == cell && site->flakes[i].case_id == case_id)
            return &site->flakes[i];
    return NULL;
}

const struct site_run *site_run_of(const struct site *site, int64_t run) {
    for (size_t i = 0; i < site->n_runs; i++)
        if (site->runs[i].run.id == run)
            return &site->runs[i];
    return NULL;
}

size_t site_series(const struct site_cell *cell, double out[SITE_RUNS]) {
    for (size_t i = 0; i < cell->n_history; i++)
        out[cell->n_history - 1 - i] = rates_of(cell->history[i]->count).pass;
    return cell->n_history;
}

size_t site_family_series(const struct site *site, const char *suite, const char *family,
                          double out[SITE_RUNS]) {
    size_t n = 0;
    for (size_t i = site->n_runs; i-- > 0;) {
        const struct site_run *r = &site->runs[i];
        if (!counts(site, r))
            continue;
        struct rates rates = rates_of_cells(r->cells, r->n_cells, suite, family);
        if (rates.planned)
            out[n++] = rates.pass;
    }
    return n;
}

struct rates site_rates(const struct site *site, const char *suite, const char *family) {
    int64_t count[VERDICT_COUNT] = {0};
    for (size_t i = 0; i < site->n_cells; i++) {
        const struct run_cell *c = &site->cells[i].now;
        if (!is_of(&c->cell, suite, family))
            continue;
        for (int v = 0; v < VERDICT_COUNT; v++)
            count[v] += c->count[v];
    }
    return rates_of(count);
}

const char *site_model_page(const char *family, char out[HTML_SLUG_SIZE + 16]) {
    char slug[HTML_SLUG_SIZE];
    snprintf(out, HTML_SLUG_SIZE + 16, "models/%s.html", html_slug(family, slug));
    return out;
}

const char *site_note(struct site *site) {
    const struct run *run = &site->now->run;
    char iso[CLOCK_ISO_SIZE];
    clock_iso(run->finished_ms ? run->finished_ms : run->started_ms, iso);
    return arena_printf(&site->arena, "Figures of %.10s %.5s UTC, written by noctule %s.", iso,
                        iso + 11, *run->program ? run->program : "itself");
}
