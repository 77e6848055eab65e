/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/tables.h"

#include <string.h>

#include "orchestrator/dash/cases.h"
#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/store/signatures.h"

enum { LINKS_MAX = 8, GROUPS_MAX = 50, CELL_COLUMNS = 11 };

static bool same_change(const struct result *a, const struct result *b) {
    return a->change == b->change && a->before == b->before && a->verdict == b->verdict &&
           strcmp(a->case_name, b->case_name) == 0;
}

/* Rows first…first+n-1 differ in their cell alone. */
static void put_change(struct html *h, const struct site *site, const struct result *first,
                       size_t n) {
    html_put(h, "<tr><td>");
    part_change_tag(h, first->change, first->before);
    html_put(h, "</td><td class=\"name\">%s", first->case_name);
    if (first->verdict != VERDICT_PASS && *first->last.message && first->verdict)
        html_put(h, "<small>%s</small>", first->last.message);
    html_put(h, "</td><td class=\"chips\">");
    for (size_t i = 0; i < n && i < LINKS_MAX; i++) {
        html_put(h, i ? " " : "");
        case_link(h, site, &first[i], first[i].label);
    }
    if (n > LINKS_MAX)
        html_put(h, " and %L more", (int64_t)(n - LINKS_MAX));
    html_put(h, "</td><td class=\"nowrap\">%s <span class=\"gap\">→</span> ",
             first->before ? verdict_name(first->before) : "–");
    if (first->verdict)
        part_verdict_tag(h, first->verdict);
    else
        html_put(h, "no longer planned");
    html_put(h, "</td></tr>\n");
}

/* How many cases changed how, before the lines that say which. */
static void put_counts(struct html *h, const struct site_run *run) {
    html_put(h, "<p class=\"counts\">");
    for (int c = 1; c < CHANGE_COUNT; c++) {
        if (!run->changes[c])
            continue;
        html_put(h, "<span class=\"nowrap\"><b>%L</b> ", run->changes[c]);
        part_change_tag(h, (enum change)c, VERDICT_NONE);
        html_put(h, "</span> ");
    }
    html_put(h, "</p>\n");
}

void table_changes(struct html *h, const struct site *site, const struct site_run *run,
                   size_t limit) {
    size_t lines = 0, i = 0;
    if (!run->run.reference) {
        html_put(h, "<p class=\"soft\">There is no earlier run to compare with.</p>\n");
        return;
    }
    put_counts(h, run);
    if (!run->n_changed)
        return;
    part_table_open(h, "changes");
    html_put(h, "<thead><tr><th>change</th><th>case</th><th>cells</th><th>before → now</th></tr>"
                "</thead><tbody>\n");
    for (size_t n; i < run->n_changed && lines < limit; i += n, lines++) {
        for (n = 1; i + n < run->n_changed && same_change(&run->changed[i], &run->changed[i + n]);)
            n++;
        put_change(h, site, &run->changed[i], n);
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    if (i < run->n_changed)
        html_put(h,
                 "<p class=\"soft\">and %L more on <a href=\"%s%s\">the page of the run</a></p>\n",
                 (int64_t)(run->n_changed - i), h->root, run->page);
}

static bool is_member(const struct result *r, const struct signature_row *s, const char *name) {
    return strcmp(r->signature_hash, s->hash) == 0 && strcmp(r->case_name, name) == 0;
}

/* The first cases of a cause, each once, with a link for each cell it hits. */
static void put_members(struct html *h, const struct site *site, const struct site_run *run,
                        const struct signature_row *s) {
    int64_t shown = 0;
    struct map seen = {0};
    map_init(&seen, LINKS_MAX);
    for (size_t i = 0; i < run->n_rough && seen.count < LINKS_MAX; i++) {
        const char *name = run->rough[i].case_name;
        if (!is_member(&run->rough[i], s, name) || !map_add(&seen, name, strlen(name), 0))
            continue;
        html_put(h, shown ? ", %s" : "%s", name);
        for (size_t k = i; k < run->n_rough; k++) {
            if (!is_member(&run->rough[k], s, name))
                continue;
            html_put(h, " ");
            case_link(h, site, &run->rough[k], run->rough[k].label);
            shown++;
        }
    }
    map_done(&seen);
    if (s->cases > shown)
        html_put(h, " and %L more", s->cases - shown);
}

static void put_group(struct html *h, const struct site *site, const struct site_run *run,
                      const struct signature_row *s) {
    html_put(h,
             "<tr><td><span class=\"tag bad\">%s</span><small>%s</small></td>"
             "<td class=\"name\">%s",
             s->class, s->layer, *s->what ? s->what : s->template);
    html_put(h, "<small>");
    if (*s->location)
        html_put(h, "<code>%s</code> · ", s->location);
    put_members(h, site, run, s);
    html_put(h, "</small></td><td class=\"n\">%L</td><td class=\"n\">%L</td><td class=\"nowrap\">",
             s->cases, s->cells);
    if (s->first_run == run->run.id)
        html_put(h, "<span class=\"tag bad\">new in this run</span>");
    else
        part_run_link(h, site_run_of(site, s->first_run), s->first_run_name);
    html_put(h, "</td></tr>\n");
}

int table_groups(struct html *h, struct site *site, const struct site_run *run) {
    struct signature_row *rows;
    size_t len = 0;
    int rc = signatures_of_run(site->db, &site->arena, run->run.id, &rows, &len);
    if (rc < 0)
        return rc;
    if (!len) {
        html_put(h, "<p class=\"soft\">No case failed.</p>\n");
        return 0;
    }
    part_table_open(h, "groups");
    html_put(h, "<thead><tr><th>class, layer</th><th>what failed</th><th class=\"n\">cases</th>"
                "<th class=\"n\">cells</th><th>first seen</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < len && i < GROUPS_MAX; i++)
        put_group(h, site, run, &rows[i]);
    html_put(h, "</tbody>");
    part_table_close(h);
    if (len > GROUPS_MAX)
        html_put(h, "<p class=\"soft\">and %L more causes</p>\n", (int64_t)(len - GROUPS_MAX));
    return 0;
}

void table_cells(struct html *h, const struct site *site, const struct run_cell *cells,
                 size_t len) {
    part_table_open(h, "cells");
    html_put(h, "<thead><tr><th>model</th><th>variant</th>");
    part_rates_head(h);
    html_put(h, "<th class=\"n\">time</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < len; i++) {
        struct rates rates = rates_of(cells[i].count);
        char words[PART_SIZE];
        part_suite_row(h, site, cells[i].cell.suite, i ? cells[i - 1].cell.suite : NULL,
                       CELL_COLUMNS);
        html_put(h, "<tr><td class=\"%s\">%s</td><td class=\"nowrap\">", part_rates_class(&rates),
                 cells[i].cell.family);
        part_cell_link(h, site_cell_of(site, cells[i].cell.id), cells[i].cell.variant.label);
        html_put(h, "</td>");
        part_rates_row(h, &rates);
        html_put(h, "<td class=\"n\">%s</td></tr>\n", part_duration(cells[i].busy_ms, words));
    }
    html_put(h, "</tbody>");
    part_table_close(h);
}

static void put_run(struct html *h, const struct site *site, const struct site_run *r) {
    char when[PART_SIZE], commit[PART_SIZE], pass[PART_SIZE], coverage[PART_SIZE], took[PART_SIZE];
    html_put(h, "<tr%s><td class=\"nowrap\">", r == site->now ? " class=\"now\"" : "");
    part_run_link(h, r, NULL);
    html_put(h, "</td><td class=\"nowrap\">%s</td><td class=\"nowrap\"><code>%s</code></td><td>%s",
             part_time(r->run.started_ms, when), part_commit(&r->run, commit),
             *r->run.scope ? r->run.scope : "all");
    if (r->run.state != RUN_FINISHED)
        html_put(h, " <span class=\"tag warn\">%s</span>", run_state_name(r->run.state));
    html_put(h,
             "</td><td class=\"n\"><b>%s</b></td><td class=\"n\">%L</td><td class=\"n\">%s</td>"
             "<td class=\"n\">",
             part_percent(r->rates.pass, pass), r->rates.red,
             part_percent(r->rates.coverage, coverage));
    if (r->run.reference)
        html_put(h, "<span class=\"%s\">%L worse</span>, %L better",
                 r->n_regressed ? "bad" : "soft", (int64_t)r->n_regressed,
                 r->changes[CHANGE_FIXED] + r->changes[CHANGE_FLAKY_GONE]);
    html_put(h, "</td><td class=\"n\">%s</td></tr>\n",
             part_duration((double)r->run.active_ms, took));
}

void table_runs(struct html *h, const struct site *site, size_t limit) {
    part_table_open(h, "runs");
    html_put(h, "<thead><tr><th>run</th><th>started</th><th>commit</th><th>scope</th>"
                "<th class=\"n\">passed</th><th class=\"n\">failed</th><th class=\"n\">covered</th>"
                "<th class=\"n\">changes</th><th class=\"n\">took</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < site->n_runs && i < limit; i++)
        put_run(h, site, &site->runs[i]);
    html_put(h, "</tbody>");
    part_table_close(h);
}
