/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/sweep/backtest.h"

enum { CELLS_SHOWN = 10 };

static bool is_changed(const struct backtest_row *r) {
    return strcmp(r->rule, r->old_rule) != 0 || strcmp(r->class, r->old_class) != 0 ||
           strcmp(r->layer, r->old_layer) != 0;
}

static bool is_shown(const struct backtest_row *r, const char *file) {
    return is_changed(r) || (file && strcmp(r->file, file) == 0);
}

static const char *name_of(const char *rule) {
    return *rule ? rule : "no rule";
}

static void put_row(struct buf *out, const struct backtest_row *r) {
    buf_printf(out, "%s (%s, %s)", name_of(r->rule), r->class, r->layer);
    if (is_changed(r))
        buf_printf(out, ", until now %s (%s, %s)", name_of(r->old_rule), r->old_class,
                   r->old_layer);
    else
        buf_puts(out, ", as until now");
    buf_printf(out, "\n  %zu %s of %zu %s in %zu %s, %s to %s\n  %s: %s\n", r->failures,
               r->failures == 1 ? "failure" : "failures", r->n_cases,
               r->n_cases == 1 ? "case" : "cases", r->n_cells, r->n_cells == 1 ? "cell" : "cells",
               r->first_run, r->last_run, r->case_name, r->what);
    for (size_t i = 0; i < r->n_cells && i < CELLS_SHOWN; i++)
        buf_printf(out, "    %s\n", r->cells[i]);
    if (r->n_cells > CELLS_SHOWN)
        buf_printf(out, "    … and %zu more: --json has them all\n", r->n_cells - CELLS_SHOWN);
}

void backtest_print_table(struct buf *out, const struct backtest *b, const char *file) {
    size_t judged = b->failures - b->lost, shown = 0;
    for (size_t i = 0; i < b->len; i++) {
        if (!is_shown(&b->rows[i], file))
            continue;
        put_row(out, &b->rows[i]);
        buf_putc(out, '\n');
        shown++;
    }
    if (!shown)
        buf_printf(out, "%s\n\n",
                   file ? "It would have matched nothing."
                        : "Nothing would be classified otherwise.");
    buf_printf(out, "%zu %s in %zu %s: %zu would be classified otherwise", b->failures,
               b->failures == 1 ? "failure" : "failures", b->runs, b->runs == 1 ? "run" : "runs",
               judged - b->same);
    if (b->lost)
        buf_printf(out, ", %zu have no log any more and were not judged", b->lost);
    buf_printf(out, "; signatures: %zu, were %zu\n", b->signatures, b->old_signatures);
    if (b->gave_up)
        buf_printf(out,
                   "A pattern gave up %zu times, the last time that of %s: it backtracks for "
                   "too long.\n",
                   b->gave_up, b->gave_up_rule);
}

void backtest_print_json(struct buf *out, const struct backtest *b, const char *file) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_int(&w, "failures", (int64_t)b->failures);
    json_put_int(&w, "runs", (int64_t)b->runs);
    json_put_int(&w, "lost", (int64_t)b->lost);
    json_put_int(&w, "changed", (int64_t)(b->failures - b->lost - b->same));
    json_put_int(&w, "signatures", (int64_t)b->signatures);
    json_put_int(&w, "old_signatures", (int64_t)b->old_signatures);
    json_put_int(&w, "gave_up", (int64_t)b->gave_up);
    json_open_array(&w, "rows");
    for (size_t i = 0; i < b->len; i++) {
        const struct backtest_row *r = &b->rows[i];
        if (!is_shown(r, file))
            continue;
        json_open_object(&w, NULL);
        json_put_bool(&w, "changed", is_changed(r));
        json_put_str(&w, "rule", r->rule);
        json_put_str(&w, "class", r->class);
        json_put_str(&w, "layer", r->layer);
        json_put_str(&w, "old_rule", r->old_rule);
        json_put_str(&w, "old_class", r->old_class);
        json_put_str(&w, "old_layer", r->old_layer);
        json_put_int(&w, "failures", (int64_t)r->failures);
        json_put_int(&w, "cases", (int64_t)r->n_cases);
        json_open_array(&w, "cells");
        for (size_t k = 0; k < r->n_cells; k++)
            json_put_str(&w, NULL, r->cells[k]);
        json_close_array(&w);
        json_put_str(&w, "first_run", r->first_run);
        json_put_str(&w, "last_run", r->last_run);
        json_put_str(&w, "case", r->case_name);
        json_put_str(&w, "what", r->what);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}
