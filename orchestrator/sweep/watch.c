/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/timings.h"
#include "orchestrator/triage/pace.h"

/* An error so many times the worst on record is a drift, unless it is so small a part of its limit
 * that it is rounding's. */
#define DRIFT_TIMES 10.0
#define DRIFT_FLOOR 1e-6

/* One cell of the run: its times, then and now, both by case. */
struct looking {
    struct watch *out;
    struct arena *arena;
    const struct run_cell *cell;
    struct timing *now;
    size_t n_now;
    struct timing_past *past;
    size_t n_past;
    size_t suspects;
};

enum opinion { CLEARED, SUSPECT, FOUND };

/* What the attempts rows[0…len-1] of one case amount to. The first raises a suspicion, all others
 * must share it; the one nearest to what was is what is told. */
static enum opinion judge(const struct timing *rows, size_t len, const struct pace_point *history,
                          size_t runs, struct shift_row *out) {
    for (size_t i = 0; i < len; i++) {
        struct pace pace;
        double ratio = rows[i].cpu_ms / rows[i].calibration_ms;
        pace_judge(&pace, history, runs, ratio, rows[i].calibration_ms);
        if (pace.kind == SHIFT_NONE || (i > 0 && pace.kind != out->kind))
            return CLEARED;
        bool nearer = i == 0 || fabs(log(ratio / pace.before)) < fabs(log(out->now / pace.before));
        out->kind = pace.kind;
        out->before = pace.before;
        out->runs = (int64_t)pace.runs;
        out->now = nearer ? ratio : out->now;
    }
    out->attempts = (int64_t)len;
    return len > PACE_REPEATS ? FOUND : SUSPECT;
}

/* The history of a case, oldest first; *from moves on to the next case's. */
static size_t history_of(const struct looking *l, int64_t case_id, size_t *from,
                         struct pace_point *out) {
    size_t n = 0;
    while (*from < l->n_past && l->past[*from].case_id < case_id)
        ++*from;
    for (; *from < l->n_past && l->past[*from].case_id == case_id; ++*from)
        if (n < PACE_RUNS_MAX)
            out[n++] = (struct pace_point){l->past[*from].ratio, l->past[*from].shifted != 0};
    return n;
}

static void look_at_cases(struct looking *l) {
    struct pace_point history[PACE_RUNS_MAX];
    for (size_t i = 0, next, from = 0; i < l->n_now; i = next) {
        const struct timing *t = &l->now[i];
        struct shift_row s = {.run = l->cell->run,
                              .cell = l->cell->cell.id,
                              .case_id = t->case_id,
                              .cell_name = l->cell->cell.name,
                              .case_name = t->case_name};
        for (next = i; next < l->n_now && l->now[next].case_id == t->case_id; next++) {
        }
        size_t runs = history_of(l, t->case_id, &from, history);
        enum opinion opinion = judge(t, next - i, history, runs, &s);
        if (opinion == FOUND)
            l->out->found[l->out->n_found++] = s;
        l->suspects += opinion == SUSPECT;
    }
}

/* All cases of the cell that pass, with as many attempts as they had. */
static void ask_again(struct looking *l) {
    struct watch_cell *c = &l->out->again[l->out->n_again++];
    *c = (struct watch_cell){.id = l->cell->cell.id, .name = l->cell->cell.name};
    c->cases = arena_array(l->arena, l->n_now, sizeof(*c->cases));
    for (size_t i = 0; i < l->n_now; i++) {
        if (c->count == 0 || c->cases[c->count - 1].id != l->now[i].case_id)
            c->cases[c->count++] =
                (struct watch_case){.id = l->now[i].case_id, .name = l->now[i].case_name};
        c->cases[c->count - 1].attempts = l->now[i].n;
    }
}

static int look(struct looking *l, struct db *db, double *left_ms) {
    const struct run_cell *c = l->cell;
    int rc = timings_past(db, l->arena, c->run, c->cell.id, PACE_RUNS_MAX, &l->past, &l->n_past);
    if (rc == 0 && l->n_past)
        rc = timings_of_cell(db, l->arena, c->run, c->cell.id, &l->now, &l->n_now);
    if (rc < 0)
        return rc;
    look_at_cases(l);
    double ms = c->workers > 0 ? c->busy_ms / (double)c->workers : 0;
    if (l->suspects && ms <= *left_ms) {
        *left_ms -= ms;
        ask_again(l);
    }
    l->out->suspects += l->suspects;
    return 0;
}

int watch_times(struct watch *out, struct db *db, struct arena *arena, const struct run *run) {
    struct run_cell *cells;
    size_t len;
    double left_ms = WATCH_BUDGET_MS;
    *out = (struct watch){0};
    int rc = cells_of_run(db, arena, run->id, &cells, &len);
    if (rc < 0)
        return rc;
    out->found = arena_array(arena, (size_t)run->planned, sizeof(*out->found));
    out->again = arena_array(arena, len, sizeof(*out->again));
    for (size_t i = 0; rc == 0 && i < len; i++) {
        struct looking l = {.out = out, .arena = arena, .cell = &cells[i]};
        rc = look(&l, db, &left_ms);
    }
    return rc;
}

int watch_errors(struct db *db, struct arena *arena, const struct run *run, struct shift_row **out,
                 size_t *len) {
    return shifts_find_drifts(db, arena, run->id, DRIFT_TIMES, DRIFT_FLOOR, out, len);
}

void watch_put_line(struct buf *out, const struct shift_row *s) {
    buf_printf(out, "%-7s  %s  %s: ", shift_name(s->kind), s->cell_name, s->case_name);
    if (s->kind == SHIFT_DRIFT && s->before > 0)
        buf_printf(out, "NMSE %.3g, %.3g times the worst that passed before", s->now,
                   shift_factor(s));
    else if (s->kind == SHIFT_DRIFT)
        buf_printf(out, "NMSE %.3g, and it was exact before", s->now);
    else
        buf_printf(out,
                   "%.2f × in time, from %.4g to %.4g calibrations (the median of %" PRId64
                   " runs; each of %" PRId64 " attempts)",
                   s->now / s->before, s->before, s->now, s->runs, s->attempts);
}

static int by_factor(const void *a, const void *b) {
    const struct shift_row *x = *(const struct shift_row *const *)a,
                           *y = *(const struct shift_row *const *)b;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    double fx = shift_factor(x), fy = shift_factor(y);
    if (fx < fy || fx > fy)
        return fx < fy ? 1 : -1;
    int cells = strcmp(x->cell_name, y->cell_name);
    return cells ? cells : strcmp(x->case_name, y->case_name);
}

void watch_print(struct buf *out, struct arena *arena, const struct shift_row *rows, size_t len,
                 size_t limit) {
    size_t count[SHIFT_COUNT] = {0};
    const char *comma = "";
    if (!len)
        return;
    const struct shift_row **sorted = arena_array(arena, len, sizeof(*sorted));
    for (size_t i = 0; i < len; i++) {
        sorted[i] = &rows[i];
        count[rows[i].kind]++;
    }
    qsort(sorted, len, sizeof(*sorted), by_factor);
    buf_puts(out, "Passing, but not as before: ");
    for (int k = 1; k < SHIFT_COUNT; k++) {
        if (!count[k])
            continue;
        buf_printf(out, "%s%zu %s", comma, count[k], shift_name((enum shift)k));
        comma = ", ";
    }
    buf_putc(out, '\n');
    for (size_t i = 0; i < len && i < limit; i++) {
        watch_put_line(out, sorted[i]);
        buf_putc(out, '\n');
    }
    if (len > limit)
        buf_printf(out, "… and %zu more\n", len - limit);
}
