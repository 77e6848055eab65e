/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/mended.h"

#include "engine/base/arena.h"
#include "orchestrator/dash/parts.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/mends.h"

enum { NAMED = 3 };

static void put_mend(struct html *h, const struct mend_row *m) {
    if (*m->url)
        html_put(h, "<a href=\"%s\">#%L</a>", m->url, m->number);
    else
        html_put(h, "fix <code>%s</code>", m->fix);
}

int mended_put_line(struct html *h, struct site *site, const struct site_run *run) {
    struct mend_row *rows = NULL;
    size_t len = 0;
    int rc = mends_of_run(site->db, &site->arena, run->run.id, &rows, &len);
    if (rc < 0 || !len)
        return rc;
    if (run->run.id == site->now->run.id) /* causes.html is about that one alone */
        html_put(h, "<p><a href=\"%scauses.html#mended\">Mended</a>: ", h->root);
    else
        html_put(h, "<p>Mended: ");
    for (size_t i = 0; i < len && i < NAMED; i++) {
        html_put(h, i ? "; " : "");
        html_put(h, "%L %s of %s by ", rows[i].cases, part_plural(rows[i].cases, "case", "cases"),
                 rows[i].words);
        put_mend(h, &rows[i]);
    }
    if (len > NAMED)
        html_put(h, "; and by %L more", (int64_t)(len - NAMED));
    html_put(h, ".</p>");
    return 0;
}

int mended_put_table(struct html *h, struct site *site, const struct site_run *run) {
    struct mend_row *rows = NULL;
    size_t len = 0;
    int rc = mends_of_run(site->db, &site->arena, run->run.id, &rows, &len);
    if (rc < 0 || !len)
        return rc;
    html_put(h, "<h2 id=\"mended\">Mended</h2>\n");
    part_table_open(h, "groups");
    html_put(h, "<thead><tr><th>cause</th><th class=\"n\">cases</th><th>pull request</th>"
                "<th>commit</th><th>proof</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < len; i++) {
        html_put(h, "<tr><td class=\"name\">%s<br><small><code>%s</code></small></td>",
                 rows[i].words, rows[i].cause);
        html_put(h, "<td class=\"n\">%L</td><td class=\"nowrap\">", rows[i].cases);
        put_mend(h, &rows[i]);
        html_put(h, "</td><td><code>%s</code></td><td><code>%s</code></td></tr>\n",
                 arena_printf(&site->arena, "%.12s", rows[i].commit),
                 arena_printf(&site->arena, "%.12s", rows[i].proof_sha256));
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    return 0;
}

int mended_put_before(struct html *h, struct site *site, const struct cluster *c) {
    struct mend_row *rows = NULL;
    size_t len = 0;
    int rc = mends_of_cause(site->db, &site->arena, c->hash, &rows, &len);
    if (rc < 0 || !len)
        return rc;
    html_put(h, "<dt>mended before</dt><dd>");
    for (size_t i = 0; i < len && i < NAMED; i++) {
        html_put(h, i ? "; " : "");
        html_put(h, "by ");
        put_mend(h, &rows[i]);
        html_put(h, ", %L %s in %s", rows[i].cases, part_plural(rows[i].cases, "case", "cases"),
                 rows[i].run_name);
    }
    html_put(h, "</dd>");
    return 0;
}
