/* SPDX-License-Identifier: Apache-2.0 */
/* The causes of the newest run: what broke, how to see it again, which cases it took along. */
#include "orchestrator/dash/causes.h"
#include "orchestrator/dash/mended.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/store/clusters.h"

enum { CASES_LISTED = 200 };

static int put_cause(struct html *h, struct site *site, const struct cluster *c) {
    struct cluster_case *rows = NULL;
    size_t len = 0;
    int rc = clusters_cases(site->db, &site->arena, c->run, c->cause, &rows, &len);
    if (rc < 0)
        return rc;
    html_put(h, "<h2 id=\"k%s\">%s</h2>\n<dl class=\"facts\">", c->hash, c->words);
    html_put(h, "<dt>diagnosis</dt><dd>%s</dd>", c->message);
    html_put(h, "<dt>smallest case</dt><dd>%s in ", c->case_name);
    part_cell_link(h, site_cell_of(site, c->cell), c->cell_name);
    html_put(h, "</dd><dt>reproduce</dt><dd><code class=\"command\">%s</code></dd>", c->command);
    html_put(h, "<dt>first seen</dt><dd>%s, in %L %s until now</dd>", c->first_run_name, c->runs,
             part_plural(c->runs, "run", "runs"));
    html_put(h, "<dt>cluster</dt><dd><code>%s</code></dd>", c->hash);
    rc = mended_put_before(h, site, c);
    if (rc < 0)
        return rc;
    html_put(h, "</dl>\n");
    html_put(h, "<details><summary><span class=\"name\">%L %s in %L %s</span></summary>", c->cases,
             part_plural(c->cases, "case", "cases"), c->cells,
             part_plural(c->cells, "cell", "cells"));
    part_table_open(h, "groups");
    html_put(h, "<thead><tr><th>cell</th><th>case</th><th>verdict</th><th>message</th></tr>"
                "</thead><tbody>\n");
    for (size_t i = 0; i < len && i < CASES_LISTED; i++) {
        html_put(h, "<tr><td class=\"nowrap\">");
        part_cell_link(h, site_cell_of(site, rows[i].cell), rows[i].cell_name);
        html_put(h, "</td><td>%s</td><td>%s</td><td class=\"name\">%s</td></tr>\n",
                 rows[i].case_name, rows[i].verdict, rows[i].message);
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    if (len > CASES_LISTED)
        html_put(h, "<p class=\"soft\">and %L more cases</p>", (int64_t)(len - CASES_LISTED));
    html_put(h, "</details>\n");
    return 0;
}

static int put_body(struct html *h, struct site *site) {
    struct cluster *rows = NULL;
    size_t len = 0;
    html_put(h, "<p>In run ");
    part_run_link(h, site->now, NULL);
    html_put(h, ", failures with one cause together.</p>\n");
    int rc = causes_put_table(h, site, site->now);
    if (rc == 0)
        rc = mended_put_table(h, site, site->now);
    if (rc == 0)
        rc = clusters_of_run(site->db, &site->arena, site->now->run.id, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = put_cause(h, site, &rows[i]);
    return rc;
}

static int write_causes(struct site *site) {
    static const struct html_crumb crumbs[] = {
        {"causes", NULL},
        {NULL,     NULL}
    };
    struct buf out;
    struct html h = {&out, ""};
    buf_init(&out, SITE_PAGE_MAX);
    html_open(&h, "Causes", crumbs);
    int rc = put_body(&h, site);
    html_close(&h, site_note(site));
    return site_finish(site, "causes.html", &out, rc);
}

const struct page page_causes = {"causes", 50, write_causes};
