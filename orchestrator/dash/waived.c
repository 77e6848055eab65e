/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/waived.h"

#include <stdlib.h>
#include <string.h>

#include "orchestrator/dash/parts.h"
#include "orchestrator/store/waivers.h"

enum { LINKS_MAX = 12 };

static int by_entry(const void *a, const void *b) {
    const struct waiver_row *x = a, *y = b;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    if (x->verdict != y->verdict)
        return (int)x->verdict - (int)y->verdict;
    int names = strcmp(x->cell_name, y->cell_name);
    return names ? names : strcmp(x->case_name, y->case_name);
}

/* What the cases rows[0…n-1] of one entry did: a tag and a number for each verdict. */
static void put_verdicts(struct html *h, const struct waiver_row *rows, size_t n) {
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && rows[next].verdict == rows[i].verdict;)
            next++;
        html_put(h, "<span class=\"nowrap\"><b>%L</b> ", (int64_t)(next - i));
        part_verdict_tag(h, rows[i].verdict);
        html_put(h, "</span> ");
    }
}

static void put_until(struct html *h, const struct waiver_row *w) {
    if (w->expired)
        html_put(h, "<span class=\"tag bad\">expired</span> ");
    html_put(h, "%s", w->expires);
}

static void put_entry(struct html *h, const struct site *site, const struct waiver_row *rows,
                      size_t n) {
    html_put(h, "<tr><td><span class=\"tag na\">%s</span></td><td class=\"name\">%s",
             rows->kind == WAIVER_EXPECT ? "expected" : "quarantine", rows->case_name);
    if (n > 1)
        html_put(h, " and %L more", (int64_t)(n - 1));
    html_put(h, "<small>%s</small></td><td class=\"chips\">", rows->reason);
    for (size_t i = 0, shown = 0; i < n && shown < LINKS_MAX; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = rows[k].cell == rows[i].cell;
        if (seen)
            continue;
        html_put(h, shown++ ? " " : "");
        part_cell_link(h, site_cell_of(site, rows[i].cell), rows[i].label);
    }
    html_put(h, "</td><td>");
    put_verdicts(h, rows, n);
    html_put(h, "</td><td>%s</td><td>%s</td><td class=\"nowrap\">", rows->owner, rows->issue);
    put_until(h, rows);
    html_put(h, "</td></tr>\n");
}

int waived_put_table(struct html *h, struct site *site, const struct site_run *run) {
    struct waiver_row *rows;
    size_t len;
    int rc = waivers_list(site->db, &site->arena, run->run.id, 0, 0, &rows, &len);
    if (rc < 0 || !len)
        return rc;
    qsort(rows, len, sizeof(*rows), by_entry);
    html_put(h, "<h2 id=\"waived\">Expected failures and quarantine</h2>\n");
    part_table_open(h, "changes");
    html_put(h, "<thead><tr><th></th><th>cases</th><th>cells</th><th>now</th><th>owner</th>"
                "<th>issue</th><th>until</th></tr></thead><tbody>\n");
    for (size_t i = 0, next; i < len; i = next) {
        for (next = i;
             next < len && rows[next].kind == rows[i].kind && rows[next].entry == rows[i].entry;)
            next++;
        put_entry(h, site, &rows[i], next - i);
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    return 0;
}

int waived_put_case(struct html *h, struct site *site, const struct result *r) {
    struct waiver_row *rows;
    size_t len;
    int rc = waivers_list(site->db, &site->arena, r->run, r->cell, r->case_id, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        html_put(h, "<dt>%s</dt><dd>%s, %s, until ",
                 rows[i].kind == WAIVER_EXPECT ? "expected" : "quarantine", rows[i].owner,
                 rows[i].issue);
        put_until(h, &rows[i]);
        if (*rows[i].reason)
            html_put(h, ": %s", rows[i].reason);
        if (*rows[i].signatures)
            html_put(h, " <code class=\"soft\">%s</code>", rows[i].signatures);
        html_put(h, "</dd>");
    }
    return rc;
}
