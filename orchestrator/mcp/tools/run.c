/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/store/results.h"

static const struct tool_arg args[] = {
    {TOOL_STR, "run", false, 0, 0,
     "A run's name or the beginning of it, last, or last~N; last unless given."},
    TOOL_END_ROW,
};

static void put_verdicts(struct json_writer *w, const int64_t *count) {
    json_open_object(w, "verdicts");
    for (int v = 1; v < VERDICT_COUNT; v++)
        if (count[v])
            json_put_int(w, verdict_name((enum verdict)v), count[v]);
    json_close_object(w);
}

/* Always all four, so that nothing hides behind a skip. */
static void put_rates(struct json_writer *w, const struct rates *r) {
    json_put_int(w, "red", r->red);
    json_put_real(w, "pass_percent", rates_percent(r->pass));
    json_put_real(w, "coverage_percent", rates_percent(r->coverage));
    json_put_real(w, "na_percent", rates_percent(r->na_share));
    json_put_real(w, "infra_percent", rates_percent(r->infra_share));
}

/* Cells that are all green are counted and not listed. */
static void put_cells(struct json_writer *w, const struct run_cell *cells, size_t len) {
    json_put_int(w, "cells", (int64_t)len);
    json_open_array(w, "cells_not_green");
    for (size_t i = 0; i < len; i++) {
        struct rates r = rates_of(cells[i].count);
        if (r.passed + r.na == r.planned)
            continue;
        json_open_object(w, NULL);
        json_put_str(w, "cell", cells[i].cell.name);
        put_verdicts(w, cells[i].count);
        json_put_str(w, "note", cells[i].note);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_changes(struct json_writer *w, const int64_t *changes) {
    json_open_object(w, "changes");
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (changes[i])
            json_put_int(w, change_name((enum change)i), changes[i]);
    json_close_object(w);
}

static void put_all(struct call *c, const struct run *r, const struct run *before,
                    const struct run_cell *cells, size_t len, const int64_t *changes) {
    int64_t count[VERDICT_COUNT] = {0};
    struct json_writer w;
    for (size_t i = 0; i < len; i++)
        for (int v = 0; v < VERDICT_COUNT; v++)
            count[v] += cells[i].count[v];
    struct rates rates = rates_of(count);
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", r->name);
    json_put_str(&w, "state", run_state_name(r->state));
    json_put_str(&w, "commit", r->commit);
    json_put_bool(&w, "dirty", r->dirty);
    json_put_int(&w, "planned", r->planned);
    json_put_int(&w, "recorded", r->recorded);
    put_verdicts(&w, count);
    put_rates(&w, &rates);
    json_put_str(&w, "compared_with", before->name);
    put_changes(&w, changes);
    put_cells(&w, cells, len);
    json_close_object(&w);
}

static int run(struct call *c) {
    int64_t changes[CHANGE_COUNT] = {0};
    struct run_cell *cells = NULL;
    struct run r, before = {.name = NULL};
    size_t len = 0;
    int rc = call_run(c, &r);
    if (rc == 0 && r.reference)
        rc = runs_get(c->db, &c->place.arena, r.reference, &before);
    if (rc == 0)
        rc = cells_of_run(c->db, &c->place.arena, r.id, &cells, &len);
    if (rc == 0)
        rc = results_changes(c->db, r.id, changes);
    if (rc == 0)
        put_all(c, &r, &before, cells, len, changes);
    return rc;
}

const struct tool tool_run = {
    .name = "run",
    .title = "One run",
    .about = "What one sweep found: verdicts, rates, what changed since the run it is compared "
             "with, and the cells that are not green.",
    .args = args,
    .run = run,
};
