/* SPDX-License-Identifier: Apache-2.0 */
/* A page per cell: every case of its newest run. */
#include "orchestrator/dash/cases.h"
#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/tables.h"

static void put_facts(struct html *h, const struct site_cell *c) {
    const struct run_cell *rc = &c->now;
    char words[PART_SIZE];
    html_put(h, "<dl class=\"facts\"><dt>run</dt><dd>");
    part_run_link(h, c->run, NULL);
    html_put(h, " <span class=\"soft\">%s</span></dd>", part_time(c->run->run.started_ms, words));
    html_put(h, "<dt>cell</dt><dd><code>%s</code> <span class=\"soft\">%s</span></dd>",
             rc->cell.name, rc->cell.variant.axes);
    html_put(h, "<dt>took</dt><dd>%s in %L %s", part_duration(rc->busy_ms, words), rc->workers,
             part_plural(rc->workers, "process", "processes"));
    if (rc->peak_rss_kib > 0)
        html_put(h, ", at most %s", part_bytes(rc->peak_rss_kib, words));
    html_put(h, "</dd>");
    if (*rc->note)
        html_put(h, "<dt>note</dt><dd>%s</dd>", rc->note);
    if (*rc->command)
        html_put(h, "<dt>reproduce</dt><dd><code class=\"command\">%s</code></dd>", rc->command);
    html_put(h, "</dl>\n");
}

/* The parts of the list, most urgent first. */
static const struct section {
    const char *title;
    const char *none; /* said when there is no such case; NULL = the part is left out */
} sections[] = {
    {"Needs a look",      "No case of this cell needs a look."},
    {"Fails as expected", NULL                                },
    {"Passed",            NULL                                },
    {"Not applicable",    NULL                                },
};

static size_t section_of(const struct result *r) {
    if (site_needs_look(r->verdict))
        return 0;
    if (r->verdict == VERDICT_XFAIL)
        return 1;
    return r->verdict == VERDICT_NA ? 3 : 2;
}

static int put_section(struct html *h, struct site *site, const struct site_cell *c, size_t which) {
    int64_t count = 0;
    int rc = 0;
    for (size_t i = 0; i < c->n_results; i++)
        count += section_of(&c->results[i]) == which;
    if (!count && !sections[which].none)
        return 0;
    html_put(h, "<h2>%s <span class=\"soft\">%L</span></h2>\n", sections[which].title, count);
    if (!count) {
        html_put(h, "<p class=\"soft\">%s</p>\n", sections[which].none);
        return 0;
    }
    html_put(h, "<div class=\"list\">\n");
    for (size_t i = 0; rc == 0 && i < c->n_results; i++)
        if (section_of(&c->results[i]) == which)
            rc = case_put(h, site, &c->results[i], "", CASE_AT_HOME);
    html_put(h, "</div>\n");
    return rc;
}

static void put_series(struct html *h, const struct site_cell *c) {
    double series[SITE_RUNS];
    size_t n = site_series(c, series);
    if (n < 2)
        return;
    html_put(h, "<p class=\"soft\">Pass rate of the last %L runs ", (int64_t)n);
    chart_spark(h, series, n, "pass rate");
    html_put(h, "</p>\n");
}

/* Times of the cell, and where they changed. */
static void put_times(struct html *h, const struct site_cell *c) {
    struct chart_time times[SITE_RUNS];
    if (c->n_times < 2)
        return;
    for (size_t i = 0; i < c->n_times; i++)
        times[i] = (struct chart_time){c->times[i].share, c->times[i].slower, c->times[i].faster,
                                       c->times[i].run_name};
    html_put(h,
             "<h2>Time</h2>\n<p class=\"legend\"><span class=\"key line\"></span> processor time "
             "of the cell's cases, 1 = what the same cases usually take "
             "<span class=\"key red\"></span> cases got slower <span class=\"key green\"></span> "
             "cases got faster</p><div class=\"scroll card\">");
    chart_times(h, times, c->n_times, c->times[0].run_name, c->times[c->n_times - 1].run_name);
    html_put(h, "</div>\n");
}

/* What shifted in this cell through the runs that have a page. */
static void put_shifts(struct html *h, struct site *site, const struct site_cell *c) {
    size_t room = 0, n = 0;
    for (size_t i = 0; i < site->n_runs; i++)
        room += site->runs[i].n_shifts;
    struct shift_row *mine = arena_array(&site->arena, room, sizeof(*mine));
    for (size_t i = 0; i < site->n_runs; i++)
        for (size_t k = 0; k < site->runs[i].n_shifts; k++)
            if (site->runs[i].shifts[k].cell == c->now.cell.id)
                mine[n++] = site->runs[i].shifts[k];
    table_shifts(h, site, mine, n, n);
}

static int put_body(struct html *h, struct site *site, const struct site_cell *c) {
    int rc = 0;
    part_rates(h, &c->rates, NULL, 0);
    put_facts(h, c);
    put_series(h, c);
    put_times(h, c);
    put_shifts(h, site, c);
    for (size_t i = 0; rc == 0 && i < sizeof(sections) / sizeof(*sections); i++)
        rc = put_section(h, site, c, i);
    return rc;
}

static int write_cells(struct site *site) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < site->n_cells; i++) {
        const struct site_cell *c = &site->cells[i];
        const struct cell *cell = &c->now.cell;
        char model[HTML_SLUG_SIZE + 16];
        const struct html_crumb crumbs[] = {
            {"models",     "index.html#models"         },
            {cell->family, site_model_page(cell->family, model)},
            {cell->variant.label,            NULL                     },
            {NULL,            NULL               }
        };
        struct buf out;
        struct html h = {&out, "../"};
        buf_init(&out, SITE_PAGE_MAX);
        html_open(&h, arena_printf(&site->arena, "%s %s", cell->family, cell->variant.label),
                  crumbs);
        rc = put_body(&h, site, c);
        html_close(&h, site_note(site));
        rc = site_finish(site, c->page, &out, rc);
    }
    return rc;
}

const struct page page_cells = {"cells", 40, write_cells};
