/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/store/results.h"
#include "orchestrator/sweep/watch.h"

enum { SHIFTS_SHOWN = 100 };

static int order(const struct result *a, const struct result *b) {
    if (!a || !b)
        return a ? -1 : b ? 1 : 0;
    int by_cell = strcmp(a->cell_name, b->cell_name);
    return by_cell ? by_cell : strcmp(a->case_name, b->case_name);
}

static bool is_quiet(enum change c) {
    return c == CHANGE_NONE || c == CHANGE_STILL_PASSING;
}

static void add_row(struct compare *c, const struct result *before, const struct result *now) {
    const struct result *either = now ? now : before;
    CHECK(either);
    struct compare_row row = {.cell = either->cell_name,
                              .case_name = either->case_name,
                              .before = before ? before->verdict : VERDICT_NONE,
                              .now = now ? now->verdict : VERDICT_NONE,
                              .message = now ? now->last.message : ""};
    row.change = change_of(row.before, before ? before->last.signature : 0, row.now,
                           now ? now->last.signature : 0);
    c->count[row.change]++;
    struct result changed = *either;
    changed.before = row.before, changed.verdict = row.now, changed.change = row.change;
    c->regressions += results_is_regression(&changed);
    if (!is_quiet(row.change))
        c->rows[c->len++] = row;
}

static int rank(const struct compare_row *r) {
    static const enum change worst_first[] = {
        CHANGE_NEW_FAILURE,   CHANGE_MUTATED,      CHANGE_FLAKY_NEW, CHANGE_DISAPPEARED,
        CHANGE_STILL_FAILING, CHANGE_INFRA_MASKED, CHANGE_FIXED,     CHANGE_FLAKY_GONE,
        CHANGE_NEW_PASS,      CHANGE_APPEARED};
    int i = 0;
    while (i < (int)(sizeof(worst_first) / sizeof(*worst_first)) && worst_first[i] != r->change)
        i++;
    return i;
}

static int by_rank(const void *a, const void *b) {
    const struct compare_row *x = a, *y = b;
    if (rank(x) != rank(y))
        return rank(x) - rank(y);
    int by_cell = strcmp(x->cell, y->cell);
    return by_cell ? by_cell : strcmp(x->case_name, y->case_name);
}

/* Whether a filtered run never meant to run what the other one did: `next` is where the case would
 * stand among the run's own rows. */
static bool is_outside(const struct run *run, const struct result *rows, size_t len, size_t next,
                       const char *cell) {
    if (!run->scope[0])
        return false;
    bool has_cell = (next > 0 && strcmp(rows[next - 1].cell_name, cell) == 0) ||
                    (next < len && strcmp(rows[next].cell_name, cell) == 0);
    return !has_cell || strstr(run->scope, "case=");
}

int compare_runs(struct compare *out, struct db *db, struct arena *arena, const struct run *before,
                 const struct run *now) {
    struct result *a = NULL, *b = NULL;
    size_t na = 0, nb = 0, i = 0, j = 0;
    struct compare c = {.before = *before, .now = *now};
    int rc = results_list(db, arena, &(struct result_filter){.run = before->id}, &a, &na);
    if (rc == 0)
        rc = results_list(db, arena, &(struct result_filter){.run = now->id}, &b, &nb);
    if (rc < 0)
        return rc;
    c.rows = arena_array(arena, na + nb, sizeof(*c.rows));
    while (i < na || j < nb) { /* both are sorted by cell and case */
        const struct result *x = i < na ? &a[i] : NULL, *y = j < nb ? &b[j] : NULL;
        int side = order(x, y);
        const struct result *alone = side < 0 ? x : side > 0 ? y : NULL;
        if (alone && (side < 0 ? is_outside(now, b, nb, j, alone->cell_name)
                               : is_outside(before, a, na, i, alone->cell_name)))
            c.outside++;
        else
            add_row(&c, side <= 0 ? x : NULL, side >= 0 ? y : NULL);
        i += side <= 0;
        j += side >= 0;
    }
    qsort(c.rows, c.len, sizeof(*c.rows), by_rank);
    rc = shifts_list(db, arena, before->id, now->id, 0, &c.shifts, &c.shift_len);
    *out = c;
    return rc;
}

void compare_print_table(struct buf *out, struct arena *arena, const struct compare *c) {
    int width = 4;
    for (size_t i = 0; i < c->len; i++)
        if ((int)strlen(c->rows[i].cell) > width)
            width = (int)strlen(c->rows[i].cell);
    buf_printf(out, "%s (%.7s) → %s (%.7s)\n", c->before.name, c->before.commit, c->now.name,
               c->now.commit);
    for (size_t i = 0; i < c->len; i++) {
        const struct compare_row *r = &c->rows[i];
        buf_printf(out, "%-13s  %-*s  %s  %s → %s%s", change_name(r->change), width, r->cell,
                   r->case_name, r->before ? verdict_name(r->before) : "absent",
                   r->now ? verdict_name(r->now) : "absent", *r->message ? "  " : "");
        results_put_line(out, r->message);
        buf_putc(out, '\n');
    }
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (c->count[i])
            buf_printf(out, "%s %lld  ", change_name((enum change)i), (long long)c->count[i]);
    if (c->outside)
        buf_printf(out, "outside the scope of one of them %lld", (long long)c->outside);
    buf_puts(out, "\n");
    watch_print(out, arena, c->shifts, c->shift_len, SHIFTS_SHOWN);
}

static void put_shifts(struct json_writer *w, const struct compare *c) {
    json_open_array(w, "shifts");
    for (size_t i = 0; i < c->shift_len; i++) {
        const struct shift_row *s = &c->shifts[i];
        json_open_object(w, NULL);
        json_put_str(w, "kind", shift_name(s->kind));
        json_put_str(w, "cell", s->cell_name);
        json_put_str(w, "case", s->case_name);
        json_put_str(w, "run", s->run_name);
        json_put_real(w, "before", s->before);
        json_put_real(w, "now", s->now);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_run(struct json_writer *w, const char *key, const struct run *run) {
    json_open_object(w, key);
    json_put_str(w, "run", run->name);
    json_put_str(w, "commit", run->commit);
    json_put_bool(w, "dirty", run->dirty);
    json_close_object(w);
}

void compare_print_json(struct buf *out, const struct compare *c) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    put_run(&w, "before", &c->before);
    put_run(&w, "now", &c->now);
    json_put_int(&w, "regressions", c->regressions);
    json_put_int(&w, "outside", c->outside);
    json_open_object(&w, "changes");
    for (int i = 1; i < CHANGE_COUNT; i++)
        json_put_int(&w, change_name((enum change)i), c->count[i]);
    json_close_object(&w);
    json_open_array(&w, "rows");
    for (size_t i = 0; i < c->len; i++) {
        json_open_object(&w, NULL);
        json_put_str(&w, "change", change_name(c->rows[i].change));
        json_put_str(&w, "cell", c->rows[i].cell);
        json_put_str(&w, "case", c->rows[i].case_name);
        json_put_str(&w, "before", verdict_name(c->rows[i].before));
        json_put_str(&w, "now", verdict_name(c->rows[i].now));
        json_put_str(&w, "message", c->rows[i].message);
        json_close_object(&w);
    }
    json_close_array(&w);
    put_shifts(&w, c);
    json_close_object(&w);
    buf_putc(out, '\n');
}
