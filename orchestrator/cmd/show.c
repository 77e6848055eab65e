/* SPDX-License-Identifier: Apache-2.0 */
/* noctule show: everything that is known of one case of one cell in one run. */
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/store/flakes.h"
#include "orchestrator/store/rates.h"
#include "orchestrator/store/waivers.h"
#include "orchestrator/sweep/newlines.h"
#include "orchestrator/sweep/view.h"
#include "orchestrator/triage/flake.h"

struct options {
    const char *run;
};

static const struct opt opts[] = {
    {OPT_STR, "run", 0, offsetof(struct options, run), "RUN", 0, 0,
     "What it did in this run; unless given, in the newest that has it."},
    OPT_END_ROW,
};

enum { LINES_SHOWN = 40, TAIL_LINES = 10, TAIL_BYTES = 2000 };

/* What is being shown. */
struct shown {
    struct buf *out;
    struct db *db;
    struct arena *arena;
    const struct place *place;
    const struct result *r;
    struct run run;
};

static void put_fact(struct shown *s, const char *name, const char *value) {
    if (value && *value)
        buf_printf(s->out, "%-11s %s\n", name, value);
}

static void put_head(struct shown *s) {
    const struct result *r = s->r;
    put_fact(s, "case", arena_printf(s->arena, "%s in %s", r->case_name, r->cell_name));
    put_fact(s, "run",
             arena_printf(s->arena, "%s, commit %.12s%s", s->run.name,
                          *s->run.commit ? s->run.commit : "none", s->run.dirty ? "+" : ""));
    put_fact(s, "verdict",
             arena_printf(s->arena, "%s%s%s", r->verdict ? verdict_name(r->verdict) : "still open",
                          r->change ? ", " : "", change_name(r->change)));
    put_fact(s, "message", r->last.message);
    put_fact(s, "failure",
             *r->class ? arena_printf(s->arena, "%s, in %s%s%s", r->class, r->layer,
                                      *r->last.location ? ", at " : "", r->last.location)
                       : "");
    put_fact(s, "signature", r->signature_hash);
    if (r->last.n && r->last.nmse_limit > 0)
        buf_printf(s->out, "%-11s NMSE %.4g, limit %.3g\n", "error", r->last.nmse,
                   r->last.nmse_limit);
    put_fact(s, "reproduce", r->command);
}

static int put_attempts(struct shown *s) {
    struct attempt *rows;
    size_t len = 0;
    int rc = results_attempts(s->db, s->arena, s->r->run, s->r->cell, s->r->case_id, &rows, &len);
    for (size_t i = 0; rc == 0 && len > 1 && i < len; i++)
        put_fact(s, i ? "" : "attempts",
                 arena_printf(s->arena, "%d: %s %s", rows[i].n,
                              verdict_attempt_name(rows[i].status), rows[i].message));
    return rc;
}

static int put_waivers(struct shown *s) {
    struct waiver_row *rows;
    size_t len = 0;
    int rc = waivers_list(s->db, s->arena, s->r->run, s->r->cell, s->r->case_id, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++)
        put_fact(s, rows[i].kind == WAIVER_EXPECT ? "expected" : "quarantine",
                 arena_printf(s->arena, "by %s, %s, %s %s%s%s", rows[i].owner, rows[i].issue,
                              rows[i].expired ? "expired on" : "until", rows[i].expires,
                              *rows[i].reason ? ": " : "", rows[i].reason));
    return rc;
}

static int put_flake(struct shown *s) {
    struct flake_row *rows;
    size_t len = 0;
    int rc = flakes_list(s->db, s->arena, s->r->run, false, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        if (rows[i].cell != s->r->cell || rows[i].case_id != s->r->case_id)
            continue;
        struct flake f = flake_of(rows[i].fails, rows[i].attempts);
        put_fact(s, "flaky",
                 arena_printf(s->arena,
                              "failed %lld of %lld attempts on commits where it also passed: "
                              "%.1f %% (%.1f–%.1f)",
                              (long long)rows[i].fails, (long long)rows[i].attempts,
                              rates_percent(f.rate), rates_percent(f.low), rates_percent(f.high)));
    }
    return rc;
}

static int put_cause(struct shown *s) {
    struct cluster c;
    struct diagnosis d;
    const struct result *r = s->r;
    int rc = clusters_of_case(s->db, s->arena, r->run, r->cell, r->case_id, &c);
    if (rc == 0)
        put_fact(s, "cluster",
                 arena_printf(s->arena, "%.12s: %s, %lld %s in %lld %s", c.hash, c.words,
                              (long long)c.cases, c.cases == 1 ? "case" : "cases",
                              (long long)c.cells, c.cells == 1 ? "cell" : "cells"));
    else if (rc != ERR_NOTFOUND)
        return rc;
    rc = diagnoses_find(s->db, s->arena, r->run, r->cell, r->case_id, &d);
    if (rc == 0)
        put_fact(s, "diagnosis",
                 *d.error     ? arena_printf(s->arena, "none: %s", d.error)
                 : *d.message ? d.message
                              : d.kind);
    return rc == ERR_NOTFOUND ? 0 : rc;
}

/* The last lines of what the case wrote, control bytes as blanks. */
static void put_tail(struct shown *s, struct newlines *n) {
    const char *text;
    size_t len, lines = 0;
    const struct attempt *a = &s->r->last;
    if (!a->n || a->log_end <= a->log_begin)
        return;
    if (caselog_read(&n->now, s->r->log, a->log_begin, a->log_end, &text, &len) < 0) {
        buf_printf(s->out, "\n%s\n", err_text());
        return;
    }
    while (len && strchr("\r\n", text[len - 1]))
        len--;
    size_t from = len;
    while (from && len - from < TAIL_BYTES && (text[from - 1] != '\n' || ++lines < TAIL_LINES))
        from--;
    buf_printf(s->out, "\nLast lines of %s:\n  ", s->r->log);
    for (size_t i = from; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        buf_putc(s->out, (c < 0x20 && c != '\n') || c == 0x7f ? ' ' : (char)c);
        if (c == '\n')
            buf_puts(s->out, "  ");
    }
    buf_putc(s->out, '\n');
}

/* Only what went wrong has lines that may be new. */
static int put_log(struct shown *s) {
    struct newlines n;
    struct newlines_found found;
    bool red = verdict_is_red(s->r->verdict) || s->r->verdict == VERDICT_FLAKY ||
               s->r->verdict == VERDICT_XFAIL;
    newlines_init(&n, s->db, s->place->logs);
    int rc = red ? newlines_find(&n, s->arena, s->r, &found) : 0;
    if (rc == 0 && red && *found.run_name) {
        buf_putc(s->out, '\n');
        newlines_print(s->out, &found, LINES_SHOWN);
    }
    if (rc == 0)
        put_tail(s, &n);
    newlines_done(&n);
    return rc;
}

static int find(struct shown *s, const char *cell_name, const char *case_name, const char *run) {
    struct cell cell;
    struct result *rows;
    size_t len = 0;
    int64_t case_id = 0;
    s->run = (struct run){.id = 0};
    int rc = run ? runs_find(s->db, s->arena, run, &s->run) : 0;
    if (rc == 0 && (rc = cells_find(s->db, s->arena, cell_name, &cell)) == ERR_NOTFOUND)
        rc = err_set(ERR_NOTFOUND, "no run has the cell \"%.200s\"; \"noctule plan\" lists them",
                     cell_name);
    if (rc == 0 && (rc = cells_find_case(s->db, cell.suite, case_name, &case_id)) < 0)
        rc = err_set(ERR_NOTFOUND, "no run has the case \"%.200s\"", case_name);
    const struct result_filter filter = {
        .run = s->run.id, .cell = cell.id, .case_id = case_id, .newest_first = true, .limit = 1};
    if (rc == 0)
        rc = results_list(s->db, s->arena, &filter, &rows, &len);
    if (rc == 0 && !len)
        rc = err_set(ERR_NOTFOUND, "%s was not planned in %s%s", case_name, cell_name,
                     run ? " of that run" : "");
    s->r = rc == 0 ? &rows[0] : NULL;
    return rc == 0 ? runs_get(s->db, s->arena, s->r->run, &s->run) : rc;
}

static int show(struct shown *s) {
    put_head(s);
    int rc = put_attempts(s);
    if (rc == 0)
        rc = put_waivers(s);
    if (rc == 0)
        rc = put_flake(s);
    if (rc == 0)
        rc = put_cause(s);
    return rc == 0 ? put_log(s) : rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct view v;
    if (argc != 2)
        return err_set(ERR_ARG, "a cell and a case of it are shown, as the summary of a sweep "
                                "names them");
    int rc = view_open(&v);
    struct shown s = {.out = &v.out, .db = v.db, .arena = v.arena, .place = &v.place};
    if (rc == 0)
        rc = find(&s, argv[0], argv[1], o->run);
    if (rc == 0)
        rc = show(&s);
    return view_close(&v, rc);
}

const struct cmd cmd_show = {
    .name = "show",
    .args = "CELL CASE",
    .summary = "Shows what is known of one case: verdict, signature, what was expected, cause, how "
               "flaky it is, and the lines of its log that the last good log never had.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
