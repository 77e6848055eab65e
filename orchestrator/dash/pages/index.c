/* SPDX-License-Identifier: Apache-2.0 */
/* The landing page: did anything regress, and where does everything stand. */
#include <string.h>

#include "orchestrator/dash/banner.h"
#include "orchestrator/dash/causes.h"
#include "orchestrator/dash/chart.h"
#include "orchestrator/dash/grid.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/tables.h"
#include "orchestrator/dash/waived.h"

enum { CHANGES_LISTED = 15 };

/* Everything, or what the newest run covers when no run covered everything: a run of a part has
 * rates of its own, which would look like a fall or a rise. */
static const char *trend_scope(const struct site *site) {
    for (size_t i = 0; i < site->n_runs; i++)
        if (site->runs[i].run.state == RUN_FINISHED && !*site->runs[i].run.scope)
            return "";
    return site->now->run.scope;
}

static void put_trend(struct html *h, const struct site *site) {
    struct chart_point points[SITE_RUNS];
    const char *scope = trend_scope(site);
    char first[PART_SIZE] = "", last[PART_SIZE] = "";
    size_t n = 0;
    for (size_t i = site->n_runs; i-- > 0;) {
        const struct site_run *r = &site->runs[i];
        if (r->run.state != RUN_FINISHED || strcmp(r->run.scope, scope) != 0)
            continue;
        points[n++] =
            (struct chart_point){r->rates.pass, r->rates.coverage, r->rates.red, r->run.name};
        part_time(r->run.started_ms, n == 1 ? first : last);
    }
    if (n < 2)
        return;
    html_put(h, "<h2 id=\"trend\">Trend</h2>\n"
                "<p class=\"legend\"><span class=\"key line\"></span> passed of what ran "
                "<span class=\"key dim\"></span> covered <span class=\"key red\"></span> failed "
                "cases</p><div class=\"scroll card\">");
    chart_trend(h, points, n, first, last);
    html_put(h, "</div>\n");
}

static int put_body(struct html *h, struct site *site) {
    struct rates *each = arena_array(&site->arena, site->n_families, sizeof(*each));
    for (size_t i = 0; i < site->n_families; i++)
        each[i] = site_rates(site, NULL, site->families[i]);
    struct rates all = site_rates(site, NULL, NULL);
    int rc = banner_put(h, site, site->now);
    if (rc < 0)
        return rc;
    if (all.planned != site->now->rates.planned)
        html_put(
            h, "<p class=\"soft\">Below, each cell stands with the newest run that has it.</p>\n");
    part_rates(h, &all, each, site->n_families);
    if (site->now->rates.red) {
        html_put(h, "<h2 id=\"causes\">Causes</h2>\n");
        rc = causes_put_table(h, site, site->now);
        if (rc < 0)
            return rc;
    }
    html_put(h, "<h2 id=\"models\">Models</h2>\n");
    grid_put(h, site);
    html_put(h, "<h2 id=\"changes\">What changed</h2>\n");
    table_changes(h, site, site->now, CHANGES_LISTED);
    table_shifts(h, site, site->now->shifts, site->now->n_shifts, CHANGES_LISTED);
    html_put(h, "<h2 id=\"failures\">Failure groups</h2>\n");
    rc = table_groups(h, site, site->now);
    if (rc == 0)
        rc = waived_put_table(h, site, site->now);
    table_flakes(h, site, CHANGES_LISTED);
    put_trend(h, site);
    html_put(h, "<h2 id=\"runs\">Runs</h2>\n");
    table_runs(h, site, SITE_RUNS);
    return rc;
}

static int write_index(struct site *site) {
    static const struct html_crumb crumbs[] = {
        {NULL, NULL}
    };
    struct buf out;
    struct html h = {&out, ""};
    buf_init(&out, SITE_PAGE_MAX);
    html_open(&h, arena_printf(&site->arena, "Sweeps of %s", site->now->run.subject), crumbs);
    int rc = put_body(&h, site);
    html_put(&h, "<p class=\"soft\">The same figures for other programs: "
                 "<a href=\"data.json\">data.json</a></p>\n");
    html_close(&h, site_note(site));
    return site_finish(site, "index.html", &out, rc);
}

const struct page page_index = {"index", 100, write_index};
