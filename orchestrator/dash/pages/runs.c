/* SPDX-License-Identifier: Apache-2.0 */
/* A page per run: what it was, what it found, what changed. */
#include "orchestrator/dash/banner.h"
#include "orchestrator/dash/cases.h"
#include "orchestrator/dash/causes.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/tables.h"

enum { CHANGES_LISTED = 1000 };

static int put_environment(struct html *h, struct site *site, const struct run *run) {
    struct environment e;
    char memory[PART_SIZE];
    if (!run->environment)
        return 0;
    int rc = runs_environment(site->db, &site->arena, run->environment, &e);
    if (rc < 0)
        return rc;
    html_put(h,
             "<dt>machine</dt><dd>%s, %L %s, %s</dd>"
             "<dt>system</dt><dd>%s, %s, %s, %s</dd>",
             e.cpu, e.cores, part_plural(e.cores, "core", "cores"),
             part_bytes(e.memory_kib, memory), e.os, e.kernel, e.libc, e.compiler);
    return 0;
}

static int put_facts(struct html *h, struct site *site, const struct site_run *r) {
    const struct run *run = &r->run;
    char when[PART_SIZE], took[PART_SIZE];
    html_put(
        h, "<dl class=\"facts\"><dt>scope</dt><dd>%s</dd><dt>commit</dt><dd><code>%s</code>%s%s%s",
        *run->scope ? run->scope : "everything", *run->commit ? run->commit : "–",
        *run->branch ? " on " : "", run->branch,
        run->dirty ? ", with changes that are not committed" : "");
    html_put(h, "</dd><dt>state</dt><dd>%s, %L of %L cases recorded</dd>",
             run_state_name(run->state), run->recorded, run->planned);
    html_put(h, "<dt>started</dt><dd>%s</dd>", part_time(run->started_ms, when));
    if (run->finished_ms)
        html_put(h, "<dt>finished</dt><dd>%s</dd>", part_time(run->finished_ms, when));
    html_put(h, "<dt>took</dt><dd>%s with %L %s</dd>", part_duration((double)run->active_ms, took),
             run->workers, part_plural(run->workers, "worker", "workers"));
    int rc = put_environment(h, site, run);
    html_put(h, "<dt>program</dt><dd>noctule %s, worker <code>%s</code></dd>", run->program,
             *run->build_sha256 ? run->build_sha256 : "–");
    html_put(h, "</dl>\n");
    return rc;
}

static int put_rough(struct html *h, struct site *site, const struct site_run *r) {
    int rc = 0;
    if (!r->n_rough) {
        html_put(h, "<p class=\"soft\">None.</p>\n");
        return 0;
    }
    html_put(h, "<div class=\"list\">\n");
    for (size_t i = 0; rc == 0 && i < r->n_rough; i++)
        rc = case_put(h, site, &r->rough[i], r->rough[i].label, CASE_ANYWHERE);
    html_put(h, "</div>\n");
    if (r->n_rough == SITE_ROUGH_MAX)
        html_put(h, "<p class=\"soft\">These are the first %d.</p>\n", (int)SITE_ROUGH_MAX);
    return rc;
}

/* The runs beside this one. */
static void put_neighbours(struct html *h, const struct site *site, size_t i) {
    html_put(h, "<p class=\"pager\"><span>");
    if (i + 1 < site->n_runs) {
        html_put(h, "← ");
        part_run_link(h, &site->runs[i + 1], NULL);
    }
    html_put(h, "</span><span>");
    if (i > 0) {
        part_run_link(h, &site->runs[i - 1], NULL);
        html_put(h, " →");
    }
    html_put(h, "</span></p>\n");
}

static int put_body(struct html *h, struct site *site, const struct site_run *r) {
    int rc = banner_put(h, site, r);
    if (rc < 0)
        return rc;
    part_rates(h, &r->rates, NULL, 0);
    rc = put_facts(h, site, r);
    if (rc < 0)
        return rc;
    html_put(h, "<h2>What changed</h2>\n");
    table_changes(h, site, r, CHANGES_LISTED);
    table_shifts(h, site, r->shifts, r->n_shifts, CHANGES_LISTED);
    html_put(h, "<h2>Causes</h2>\n");
    rc = causes_put_table(h, site, r);
    if (rc < 0)
        return rc;
    html_put(h, "<h2>Failure groups</h2>\n");
    rc = table_groups(h, site, r);
    html_put(h, "<h2>Cells</h2>\n");
    table_cells(h, site, r->cells, r->n_cells);
    html_put(h, "<h2>Cases that need a look</h2>\n");
    return rc < 0 ? rc : put_rough(h, site, r);
}

static int write_runs(struct site *site) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < site->n_runs; i++) {
        const struct site_run *r = &site->runs[i];
        const struct html_crumb crumbs[] = {
            {"runs",      "index.html#runs"},
            {r->run.name, NULL             },
            {NULL,        NULL             }
        };
        struct buf out;
        struct html h = {&out, "../"};
        buf_init(&out, SITE_PAGE_MAX);
        html_open(&h, r->run.name, crumbs);
        rc = put_body(&h, site, r);
        put_neighbours(&h, site, i);
        html_close(&h, site_note(site));
        rc = site_finish(site, r->page, &out, rc);
    }
    return rc;
}

const struct page page_runs = {"runs", 30, write_runs};
