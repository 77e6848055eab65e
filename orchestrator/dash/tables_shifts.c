/* SPDX-License-Identifier: Apache-2.0 */
/* What passes, but not as before. */
#include <stdlib.h>
#include <string.h>

#include "orchestrator/dash/parts.h"
#include "orchestrator/dash/tables.h"

enum { LINKS_MAX = 8 };

/* Cases that shifted alike stand together; whichever shifted most comes first among its cells. */
static int by_case(const void *a, const void *b) {
    const struct shift_row *x = a, *y = b;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->run != y->run)
        return x->run < y->run ? 1 : -1;
    int names = strcmp(x->case_name, y->case_name);
    if (names)
        return names;
    double fx = shift_factor(x), fy = shift_factor(y);
    return fx < fy ? 1 : fx > fy ? -1 : strcmp(x->cell_name, y->cell_name);
}

static void put_row(struct html *h, const struct site *site, const struct shift_row *rows,
                    size_t n) {
    const struct site_run *run = site_run_of(site, rows->run);
    html_put(h,
             "<tr><td><span class=\"tag %s\">%s</span></td><td class=\"name\">%s</td>"
             "<td class=\"chips\">",
             rows->kind == SHIFT_FASTER ? "ok" : "warn", shift_name(rows->kind), rows->case_name);
    for (size_t i = 0; i < n && i < LINKS_MAX; i++) {
        html_put(h, i ? " " : "");
        part_cell_link(h, site_cell_of(site, rows[i].cell), rows[i].label);
    }
    if (n > LINKS_MAX)
        html_put(h, " and %L more", (int64_t)(n - LINKS_MAX));
    html_put(h, "</td><td class=\"nowrap\">%g <span class=\"gap\">→</span> %g</td><td>",
             rows->before, rows->now);
    if (rows->before > 0)
        html_put(h, "%.2f ×", rows->now / rows->before);
    html_put(h, "</td><td>");
    part_run_link(h, run, rows->run_name);
    html_put(h, "</td></tr>\n");
}

void table_shifts(struct html *h, const struct site *site, struct shift_row *rows, size_t len,
                  size_t limit) {
    size_t lines = 0, i = 0;
    if (!len)
        return;
    qsort(rows, len, sizeof(*rows), by_case);
    html_put(h,
             "<h2 id=\"shifts\">Passing, but not as before <span class=\"soft\">%L</span></h2>\n",
             (int64_t)len);
    part_table_open(h, "changes");
    html_put(h, "<thead><tr><th>shift</th><th>case</th><th>cells</th><th>before → now</th>"
                "<th>factor</th><th>run</th></tr></thead><tbody>\n");
    for (size_t n; i < len && lines < limit; i += n, lines++) {
        for (n = 1; i + n < len && rows[i + n].kind == rows[i].kind &&
                    rows[i + n].run == rows[i].run &&
                    strcmp(rows[i + n].case_name, rows[i].case_name) == 0;)
            n++;
        put_row(h, site, &rows[i], n);
    }
    html_put(h, "</tbody>");
    part_table_close(h);
    if (i < len)
        html_put(h, "<p class=\"soft\">and %L more</p>\n", (int64_t)(len - i));
}
