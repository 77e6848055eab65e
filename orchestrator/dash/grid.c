/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/grid.h"

#include <string.h>

#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/parts.h"

enum { ABSENT_NAMED = 30 };

struct grid {
    const struct site *site;
    const char *suite;
    const char **labels; /* [len] of variants that some model has, as they appear */
    size_t len;
    const struct site_cell **absent; /* [n_absent] one of each variant that none has */
    size_t n_absent;
};

/* Something of this variant applies to some model. */
static bool is_present(const struct site *site, const char *suite, const char *label) {
    for (size_t i = 0; i < site->n_families; i++) {
        const struct site_cell *c = site_cell(site, suite, site->families[i], label);
        if (c && c->rates.planned != c->rates.na)
            return true;
    }
    return false;
}

static void add(struct grid *g, const struct site_cell *c) {
    const char *label = c->now.cell.variant.label;
    for (size_t i = 0; i < g->len; i++)
        if (strcmp(g->labels[i], label) == 0)
            return;
    for (size_t i = 0; i < g->n_absent; i++)
        if (strcmp(g->absent[i]->now.cell.variant.label, label) == 0)
            return;
    if (is_present(g->site, g->suite, label))
        g->labels[g->len++] = label;
    else
        g->absent[g->n_absent++] = c;
}

/* "cpu-native.avx2/bf16" is "bf16" of "cpu-native.avx2": the length of the latter. */
static size_t group_of(const char *label) {
    const char *slash = strrchr(label, '/');
    return slash ? (size_t)(slash - label) : 0;
}

static const char *name_in_group(const char *label) {
    size_t len = group_of(label);
    return len ? label + len + 1 : label;
}

static void put_wide(struct html *h, const struct site *site, const struct site_cell *c) {
    double series[SITE_RUNS];
    char pass[PART_SIZE];
    const struct rates *r = &c->rates;
    html_put(h, "<td class=\"%s\"><a href=\"%s\"><b>%s</b><small>", part_rates_class(r), c->page,
             part_percent(r->pass, pass));
    if (r->red)
        html_put(h, "<i>%L failed</i> of %L", r->red, r->ran);
    else
        html_put(h, "%L of %L", r->passed, r->ran);
    if (r->flaky)
        html_put(h, ", <i>%L flaky</i>", r->flaky);
    if (r->xfail)
        html_put(h, ", %L xfail", r->xfail);
    if (r->xpass)
        html_put(h, ", %L xpass", r->xpass);
    if (r->infra + r->missing)
        html_put(h, ", <i>%L lost</i>", r->infra + r->missing);
    html_put(h, "</small>");
    chart_spark(h, series, site_series(c, series), "pass rate");
    if (c->run != site->now)
        html_put(h, "<small>older run</small>");
    html_put(h, "</a></td>");
}

/* Whole per cent, rounded down. What passes needs no number, only its colour. */
static void put_square(struct html *h, const struct site *site, const struct site_cell *c) {
    const struct rates *r = &c->rates;
    html_put(h, "<td class=\"%s\"><a href=\"%s\" title=\"%s %s: %L of %L passed",
             part_rates_class(r), c->page, c->now.cell.family, c->now.cell.variant.label, r->passed,
             r->ran);
    if (r->red)
        html_put(h, ", %L failed", r->red);
    if (r->flaky)
        html_put(h, ", %L flaky", r->flaky);
    if (r->xfail)
        html_put(h, ", %L xfail", r->xfail);
    if (r->xpass)
        html_put(h, ", %L xpass", r->xpass);
    if (r->infra + r->missing)
        html_put(h, ", %L lost", r->infra + r->missing);
    html_put(h, "%s\">", c->run == site->now ? "" : ", in an older run");
    if (r->ran && r->passed < r->ran)
        html_put(h, "%L", (int64_t)rates_percent(r->pass));
    else
        html_put(h, r->ran ? "&#160;" : "–");
    html_put(h, "</a></td>");
}

static void put_family(struct html *h, const struct grid *g, const char *family) {
    char page[HTML_SLUG_SIZE + 16], pass[PART_SIZE], coverage[PART_SIZE];
    double series[SITE_RUNS];
    struct rates rates = site_rates(g->site, g->suite, family);
    if (!rates.planned)
        return;
    html_put(h, "<tr><th scope=\"row\"><a href=\"%s\">%s</a></th>", site_model_page(family, page),
             family);
    for (size_t i = 0; i < g->len; i++) {
        const struct site_cell *cell = site_cell(g->site, g->suite, family, g->labels[i]);
        if (!cell)
            html_put(h, "<td class=\"none\">–</td>");
        else if (g->len <= GRID_WIDE)
            put_wide(h, g->site, cell);
        else
            put_square(h, g->site, cell);
    }
    html_put(h, "<td><div class=\"sum\"><b>%s</b><small>%s covered</small>",
             part_percent(rates.pass, pass), part_percent(rates.coverage, coverage));
    chart_spark(h, series, site_family_series(g->site, g->suite, family, series), "pass rate");
    html_put(h, "</div></td></tr>\n");
}

static void put_head(struct html *h, const struct grid *g) {
    html_put(h, "<tr><th>model</th>");
    for (size_t i = 0; i < g->len; i++)
        html_put(h, "<th>%s</th>", g->labels[i]);
    html_put(h, "<th>all variants</th></tr>");
}

/* What stands before the last slash once over all that it has, which stands below. */
static void put_two_heads(struct html *h, const struct grid *g) {
    html_put(h, "<tr><th rowspan=\"2\">model</th>");
    for (size_t i = 0, n; i < g->len; i += n) {
        size_t len = group_of(g->labels[i]);
        for (n = 1; i + n < g->len && group_of(g->labels[i + n]) == len &&
                    strncmp(g->labels[i], g->labels[i + n], len) == 0;)
            n++;
        html_put(h, "<th colspan=\"%L\">", (int64_t)n);
        html_text(h, g->labels[i], len);
        html_put(h, "</th>");
    }
    html_put(h, "<th rowspan=\"2\">all variants</th></tr><tr>");
    for (size_t i = 0; i < g->len; i++)
        html_put(h, "<th>%s</th>", name_in_group(g->labels[i]));
    html_put(h, "</tr>");
}

static void put_absent(struct html *h, const struct grid *g) {
    if (!g->n_absent)
        return;
    html_put(h, "<p class=\"soft\">Not applicable to any model: ");
    for (size_t i = 0; i < g->n_absent && i < ABSENT_NAMED; i++) {
        html_put(h, i ? ", " : "");
        part_cell_link(h, g->absent[i], g->absent[i]->now.cell.variant.label);
    }
    if (g->n_absent > ABSENT_NAMED)
        html_put(h, " and %L more", (int64_t)(g->n_absent - ABSENT_NAMED));
    html_put(h, ". The page of each says why.</p>\n");
}

static void put_suite(struct html *h, struct grid *g) {
    const struct site *site = g->site;
    for (size_t i = 0; i < site->n_cells; i++)
        if (strcmp(site->cells[i].now.cell.suite, g->suite) == 0)
            add(g, &site->cells[i]);
    if (site->n_suites > 1)
        html_put(h, "<h3>%s</h3>\n", g->suite);
    part_table_open(h, g->len <= GRID_WIDE ? "grid" : "grid squares");
    html_put(h, "<thead>");
    if (g->len <= GRID_WIDE)
        put_head(h, g);
    else
        put_two_heads(h, g);
    html_put(h, "</thead><tbody>\n");
    for (size_t i = 0; i < site->n_families; i++)
        put_family(h, g, site->families[i]);
    html_put(h, "</tbody>");
    part_table_close(h);
    put_absent(h, g);
}

static void put_legend(struct html *h) {
    html_put(h, "<p class=\"legend\"><span class=\"key green\"></span>all that ran passed "
                "<span class=\"key red\"></span>some failed: per cent that passed "
                "<span class=\"key amber\"></span>flaky or lost "
                "<span class=\"key grey\"></span>does not apply</p>\n");
}

void grid_put(struct html *h, const struct site *site) {
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < site->n_suites; i++) {
        struct grid g = {.site = site, .suite = site->suites[i]};
        g.labels = arena_array(&arena, site->n_cells, sizeof(*g.labels));
        g.absent = arena_array(&arena, site->n_cells, sizeof(*g.absent));
        put_suite(h, &g);
    }
    put_legend(h);
    arena_done(&arena);
}
