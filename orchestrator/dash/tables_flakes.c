/* SPDX-License-Identifier: Apache-2.0 */
/* What passed and failed though nothing changed. */
#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/tables.h"
#include "orchestrator/triage/flake.h"

static void put_row(struct html *h, const struct site *site, const struct flake_row *f) {
    struct flake rate = flake_of(f->fails, f->attempts);
    char words[PART_SIZE];
    html_put(h, "<tr><td class=\"name\">%s<small>%s</small></td><td class=\"chips\">", f->case_name,
             f->first_message);
    part_cell_link(h, site_cell_of(site, f->cell), f->label);
    html_put(h, "</td><td>");
    part_verdict_tag(h, f->verdict);
    html_put(h, "</td><td class=\"n\">%L of %L</td><td class=\"n\"><b>%s</b></td>", f->fails,
             f->attempts, part_percent(rate.rate, words));
    html_put(h, "<td class=\"n soft\">%.1f–%.1f</td><td class=\"n\">%L</td><td class=\"nowrap\">",
             rates_percent(rate.low), rates_percent(rate.high), f->places);
    part_run_link(h, site_run_of(site, f->first_run), f->first_run_name);
    html_put(h, "</td></tr>\n");
}

void table_flakes(struct html *h, const struct site *site, size_t limit) {
    if (!site->n_flakes)
        return;
    html_put(h, "<h2 id=\"flaky\">Flaky <span class=\"soft\">%L</span></h2>\n",
             (int64_t)site->n_flakes);
    html_put(h,
             "<p class=\"soft\">Passed and failed on one commit, variant and machine; the rate is "
             "how often they fail by chance.</p>\n");
    part_table_open(h, "changes");
    html_put(h, "<thead><tr><th>case</th><th>cell</th><th>now</th><th class=\"n\">failed</th>"
                "<th class=\"n\">rate</th><th class=\"n\">95 %%</th><th class=\"n\">commits</th>"
                "<th>first failure</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < site->n_flakes && i < limit; i++)
        put_row(h, site, &site->flakes[i]);
    html_put(h, "</tbody>");
    part_table_close(h);
    if (site->n_flakes > limit)
        html_put(h, "<p class=\"soft\">and %L more</p>\n", (int64_t)(site->n_flakes - limit));
}
