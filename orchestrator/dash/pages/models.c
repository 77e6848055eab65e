/* SPDX-License-Identifier: Apache-2.0 */
/* A page per model family: its variants, what is wrong with it, what it leaves out and why. */
#include <string.h>

#include "orchestrator/dash/cases.h"
#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/parts.h"

enum { CASES_LISTED = 300, VARIANT_COLUMNS = 10 };

static bool is_of(const struct site_cell *c, const char *family) {
    return strcmp(c->now.cell.family, family) == 0;
}

static void put_variants(struct html *h, const struct site *site, const char *family) {
    part_table_open(h, "cells");
    html_put(h, "<thead><tr><th>variant</th>");
    part_rates_head(h);
    html_put(h, "<th>last runs</th></tr></thead><tbody>\n");
    const char *suite = NULL;
    for (size_t i = 0; i < site->n_cells; i++) {
        const struct site_cell *c = &site->cells[i];
        double series[SITE_RUNS];
        if (!is_of(c, family))
            continue;
        part_suite_row(h, site, c->now.cell.suite, suite, VARIANT_COLUMNS);
        suite = c->now.cell.suite;
        html_put(h, "<tr><td class=\"nowrap %s\">", part_rates_class(&c->rates));
        part_cell_link(h, c, c->now.cell.variant.label);
        if (c->run != site->now)
            html_put(h, " <span class=\"soft\">older run</span>");
        html_put(h, "</td>");
        part_rates_row(h, &c->rates);
        html_put(h, "<td>");
        chart_spark(h, series, site_series(c, series), "pass rate");
        html_put(h, "</td></tr>\n");
    }
    html_put(h, "</tbody>");
    part_table_close(h);
}

static bool is_dull(const struct result *r) {
    return !site_needs_look(r->verdict) &&
           (r->change == CHANGE_NONE || r->change == CHANGE_STILL_PASSING);
}

static int put_cases(struct html *h, struct site *site, const char *family) {
    size_t shown = 0, all = 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < site->n_cells; i++) {
        const struct site_cell *c = &site->cells[i];
        for (size_t k = 0; is_of(c, family) && rc == 0 && k < c->n_results; k++) {
            if (is_dull(&c->results[k]) || all++ >= CASES_LISTED)
                continue;
            html_put(h, shown++ ? "" : "<div class=\"list\">\n");
            rc = case_put(h, site, &c->results[k], c->now.cell.variant.label, CASE_ANYWHERE);
        }
    }
    html_put(h,
             shown ? "</div>\n" : "<p class=\"soft\">Nothing is red, and nothing changed.</p>\n");
    if (all > shown)
        html_put(h, "<p class=\"soft\">and %L more on the pages of the cells</p>\n",
                 (int64_t)(all - shown));
    return rc;
}

/* One reason for na, with how many cases and an example. */
struct reason {
    const char *text, *example;
    int64_t cases;
};

static size_t read_reasons(const struct site *site, const char *family, struct reason *out) {
    struct map seen = {0};
    size_t n = 0;
    map_init(&seen, 16);
    for (size_t i = 0; i < site->n_cells; i++) {
        const struct site_cell *c = &site->cells[i];
        for (size_t k = 0; is_of(c, family) && k < c->n_results; k++) {
            const struct result *r = &c->results[k];
            uint32_t at = (uint32_t)n;
            if (r->verdict != VERDICT_NA)
                continue;
            if (map_add(&seen, r->last.message, strlen(r->last.message), at))
                out[n++] = (struct reason){r->last.message, r->case_name, 0};
            map_find_str(&seen, r->last.message, &at);
            out[at].cases++;
        }
    }
    map_done(&seen);
    return n;
}

static void put_reasons(struct html *h, struct site *site, const char *family) {
    size_t room = 0;
    for (size_t i = 0; i < site->n_cells; i++)
        room += site->cells[i].n_results;
    struct reason *reasons = arena_array(&site->arena, room, sizeof(*reasons));
    size_t n = read_reasons(site, family, reasons);
    if (!n) {
        html_put(h, "<p class=\"soft\">Every case applies to every variant.</p>\n");
        return;
    }
    part_table_open(h, "reasons");
    html_put(h, "<thead><tr><th>reason</th><th>for example</th><th class=\"n\">cases</th></tr>"
                "</thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        html_put(h, "<tr><td class=\"name\">%s</td><td>%s</td><td class=\"n\">%L</td></tr>\n",
                 *reasons[i].text ? reasons[i].text : "no reason was given", reasons[i].example,
                 reasons[i].cases);
    html_put(h, "</tbody>");
    part_table_close(h);
}

static void put_past(struct html *h, const struct run_cell *cell) {
    char pass[PART_SIZE];
    if (!cell) {
        html_put(h, "<td class=\"none\"></td>");
        return;
    }
    struct rates r = rates_of(cell->count);
    html_put(h, "<td class=\"%s\">%s", part_rates_class(&r), part_percent(r.pass, pass));
    if (r.red)
        html_put(h, " <small>%L failed</small>", r.red);
    html_put(h, "</td>");
}

/* Runs down, variants across: when did it break, and everywhere at once? */
static void put_history(struct html *h, const struct site *site, const char *family) {
    part_table_open(h, "history");
    html_put(h, "<thead><tr><th>run</th><th>commit</th>");
    for (size_t i = 0; i < site->n_cells; i++)
        if (is_of(&site->cells[i], family))
            html_put(h, "<th>%s%s%s</th>", site->n_suites > 1 ? site->cells[i].now.cell.suite : "",
                     site->n_suites > 1 ? " " : "", site->cells[i].now.cell.variant.label);
    html_put(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < site->n_runs; i++) {
        const struct site_run *r = &site->runs[i];
        char commit[PART_SIZE];
        html_put(h, "<tr><td class=\"nowrap\">");
        part_run_link(h, r, NULL);
        html_put(h, "</td><td class=\"nowrap\"><code>%s</code></td>", part_commit(&r->run, commit));
        for (size_t k = 0; k < site->n_cells; k++)
            if (is_of(&site->cells[k], family))
                put_past(h, site_past(r, &site->cells[k]));
        html_put(h, "</tr>\n");
    }
    html_put(h, "</tbody>");
    part_table_close(h);
}

static int put_body(struct html *h, struct site *site, const char *family) {
    struct rates rates = site_rates(site, NULL, family);
    part_rates(h, &rates, NULL, 0);
    html_put(h, "<h2>Variants</h2>\n");
    put_variants(h, site, family);
    html_put(h, "<h2>Red and changed cases</h2>\n");
    int rc = put_cases(h, site, family);
    html_put(h, "<h2>Not applicable</h2>\n");
    put_reasons(h, site, family);
    html_put(h, "<h2>History</h2>\n");
    put_history(h, site, family);
    return rc;
}

static int write_models(struct site *site) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < site->n_families; i++) {
        const char *family = site->families[i];
        const struct html_crumb crumbs[] = {
            {"models", "index.html#models"},
            {family,   NULL               },
            {NULL,     NULL               }
        };
        char page[HTML_SLUG_SIZE + 16];
        struct buf out;
        struct html h = {&out, "../"};
        buf_init(&out, SITE_PAGE_MAX);
        html_open(&h, family, crumbs);
        rc = put_body(&h, site, family);
        html_close(&h, site_note(site));
        rc = site_finish(site, site_model_page(family, page), &out, rc);
    }
    return rc;
}

const struct page page_models = {"models", 20, write_models};
