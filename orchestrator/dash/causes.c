/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/causes.h"

#include "engine/base/err.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/diagnoses.h"

enum { CAUSES_MAX = 50, CAUSES_NAMED = 3 };

/* Only the run that causes.html is about has a place there. */
static void put_words(struct html *h, const struct site *site, const struct cluster *c) {
    if (c->run == site->now->run.id)
        html_put(h, "<a href=\"%scauses.html#k%s\">%s</a>", h->root, c->hash, c->words);
    else
        html_put(h, "%s", c->words);
}

int causes_put_table(struct html *h, struct site *site, const struct site_run *run) {
    struct cluster *rows = NULL;
    size_t len = 0;
    int rc = clusters_of_run(site->db, &site->arena, run->run.id, &rows, &len);
    if (rc < 0)
        return rc;
    if (!len) {
        html_put(h, "<p class=\"soft\">Nothing is red, or its causes are not known yet.</p>\n");
        return 0;
    }
    part_table_open(h, "groups");
    html_put(h, "<thead><tr><th>cause</th><th class=\"n\">cells</th><th class=\"n\">cases</th>"
                "<th>first seen</th><th class=\"n\">runs</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < len && i < CAUSES_MAX; i++) {
        html_put(h, "<tr><td class=\"name\">");
        put_words(h, site, &rows[i]);
        html_put(h, "<br><small>%s</small></td><td class=\"n\">%L</td><td class=\"n\">%L</td>",
                 rows[i].message, rows[i].cells, rows[i].cases);
        html_put(h, "<td class=\"nowrap\">%s</td><td class=\"n\">%L</td></tr>\n",
                 rows[i].first_run_name, rows[i].runs);
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    if (len > CAUSES_MAX)
        html_put(h, "<p class=\"soft\">and %L more causes</p>\n", (int64_t)(len - CAUSES_MAX));
    return 0;
}

int causes_put_line(struct html *h, struct site *site, const struct site_run *run) {
    struct cluster *rows = NULL;
    size_t len = 0;
    int rc = clusters_of_run(site->db, &site->arena, run->run.id, &rows, &len);
    if (rc < 0 || !len)
        return rc;
    html_put(h, "<p>%L %s: ", (int64_t)len, part_plural((int64_t)len, "cause", "causes"));
    for (size_t i = 0; i < len && i < CAUSES_NAMED; i++) {
        html_put(h, i ? "; " : "");
        put_words(h, site, &rows[i]);
        html_put(h, ", %L %s in %L %s", rows[i].cases, part_plural(rows[i].cases, "case", "cases"),
                 rows[i].cells, part_plural(rows[i].cells, "cell", "cells"));
    }
    if (len > CAUSES_NAMED)
        html_put(h, "; and %L more", (int64_t)(len - CAUSES_NAMED));
    html_put(h, ".</p>");
    return 0;
}

static void put_diagnosis(struct html *h, const struct diagnosis *d) {
    if (*d->error) {
        html_put(h, "<dt>diagnosis</dt><dd class=\"soft\">none: %s</dd>", d->error);
        return;
    }
    html_put(h, "<dt>diagnosis</dt><dd>%s", *d->message ? d->message : d->kind);
    if (*d->stage)
        html_put(h, ", at <code>%s</code>", d->stage);
    if (d->layer >= 0)
        html_put(h, " of layer %L", d->layer);
    if (*d->kernel)
        html_put(h, ", by <code>%s</code> %s", d->kernel, d->shapes);
    if (*d->reference)
        html_put(h, " <span class=\"soft\">by the word of %s</span>", d->reference);
    html_put(h, "</dd>");
}

int causes_put_case(struct html *h, struct site *site, const struct result *r) {
    struct cluster c;
    struct diagnosis d;
    int rc = clusters_of_case(site->db, &site->arena, r->run, r->cell, r->case_id, &c);
    if (rc == 0) {
        html_put(h, "<dt>cause</dt><dd>");
        put_words(h, site, &c);
        html_put(h, " <span class=\"soft\">%L %s in %L %s</span></dd>", c.cases,
                 part_plural(c.cases, "case", "cases"), c.cells,
                 part_plural(c.cells, "cell", "cells"));
    } else if (rc != ERR_NOTFOUND) {
        return rc;
    }
    rc = diagnoses_find(site->db, &site->arena, r->run, r->cell, r->case_id, &d);
    if (rc == 0)
        put_diagnosis(h, &d);
    return rc == ERR_NOTFOUND ? 0 : rc;
}
