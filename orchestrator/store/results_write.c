/* SPDX-License-Identifier: Apache-2.0 */
/* What the sweep writes into results; the index is a fold over events, so each call is small. */
#include <math.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/sql.h"
#include "orchestrator/store/waivers.h"

/* Moves one case from verdict to verdict in the rollup; `from` or `to` may be -1. */
static int move_rollup(struct db *db, int64_t run, int64_t cell, int from, int to) {
    if (from == to)
        return 0;
    for (int step = 0; step < 2; step++) {
        int verdict = step ? to : from;
        if (verdict < 0)
            continue;
        struct sql q = sql_open(db, "INSERT INTO rollup VALUES(?1, ?2, ?3, ?4)"
                                    " ON CONFLICT(run, cell, verdict) DO UPDATE"
                                    " SET cases = cases + ?4");
        sql_put_int(&q, run);
        sql_put_int(&q, cell);
        sql_put_int(&q, verdict);
        sql_put_int(&q, step ? 1 : -1);
        int rc = sql_run(&q, "counting verdicts");
        if (rc < 0)
            return rc;
    }
    return 0;
}

int results_plan(struct db *db, int64_t run, int64_t cell, int64_t case_id) {
    struct sql q = sql_open(db, "INSERT INTO result VALUES(?, ?, ?, 0, 0, 0, 0, 0, 0, 0, '')");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    int rc = sql_run(&q, "planning a case");
    return rc < 0 ? rc : move_rollup(db, run, cell, -1, VERDICT_NONE);
}

/* And the status of the attempt that decided it. */
static int read_verdict(struct db *db, int64_t run, int64_t cell, int64_t case_id,
                        enum verdict *out, enum attempt_status *status) {
    struct sql q = sql_open(db, "SELECT r.verdict, coalesce(a.status, 0) FROM result r"
                                " LEFT JOIN attempt a ON a.run = r.run AND a.cell = r.cell"
                                " AND a.case_ = r.case_ AND a.n = r.decided"
                                " WHERE r.run = ? AND r.cell = ? AND r.case_ = ?");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    bool found = sql_row(&q);
    if (found) {
        *out = (enum verdict)sql_int(&q);
        *status = (enum attempt_status)sql_int(&q);
    }
    int rc = sql_close(&q, "reading a verdict");
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "the run did not plan this case");
}

static int insert_attempt(struct db *db, const struct attempt *a) {
    struct sql q = sql_open(db, "INSERT INTO attempt VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                                " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, a->run);
    sql_put_int(&q, a->cell);
    sql_put_int(&q, a->case_id);
    sql_put_int(&q, a->n);
    sql_put_int(&q, a->status);
    sql_put_int(&q, a->started_ms);
    sql_put_real(&q, a->ms);
    sql_put_int(&q, a->exit_code);
    sql_put_int(&q, a->signal);
    sql_put_text(&q, a->message);
    sql_put_int(&q, a->compared);
    sql_put_real(&q, a->nmse);
    sql_put_real(&q, a->nmse_limit);
    sql_put_real(&q, a->max_abs);
    sql_put_text(&q, a->tolerance);
    sql_put_text(&q, a->worst_key);
    sql_put_text(&q, a->worst_index);
    sql_put_real(&q, a->worst_got);
    sql_put_real(&q, a->worst_want);
    sql_put_text(&q, a->golden_sha256);
    sql_put_text(&q, a->requested);
    sql_put_text(&q, a->actual);
    sql_put_int(&q, a->native);
    sql_put_int(&q, a->composite);
    sql_put_int(&q, a->reference);
    sql_put_int(&q, a->log_begin);
    sql_put_int(&q, a->log_end);
    return sql_run(&q, "adding an attempt");
}

static int insert_occurrence(struct db *db, const struct attempt *a) {
    if (!a->signature)
        return 0;
    struct sql q = sql_open(db, "INSERT INTO occurrence VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, a->run);
    sql_put_int(&q, a->cell);
    sql_put_int(&q, a->case_id);
    sql_put_int(&q, a->n);
    sql_put_int(&q, a->signature);
    sql_put_text(&q, a->location);
    sql_put_text(&q, a->what);
    sql_put_text(&q, a->tail);
    return sql_run(&q, "adding an occurrence");
}

/* The attempt that decides is the first red one, else the last: what failed stays in view. */
static int update_result(struct db *db, const struct attempt *a, enum verdict before,
                         enum verdict now, const char *message) {
    bool decided = verdict_is_red(before) || before == VERDICT_FLAKY || before == VERDICT_XFAIL;
    struct sql q = sql_open(
        db, "UPDATE result SET verdict = ?4, attempts = ?5, decided = iif(?6, decided, ?5),"
            " ms = iif(?6, ms, ?7), message = iif(?6, message, ?8),"
            " signature = iif(?6, signature, ?9) WHERE run = ?1 AND cell = ?2 AND case_ = ?3");
    sql_put_int(&q, a->run);
    sql_put_int(&q, a->cell);
    sql_put_int(&q, a->case_id);
    sql_put_int(&q, now);
    sql_put_int(&q, a->n);
    sql_put_int(&q, decided);
    sql_put_real(&q, isnan(a->ms) ? 0 : a->ms);
    sql_put_text(&q, message);
    sql_put_int(&q, a->signature);
    return sql_run(&q, "recording a verdict");
}

static int count_recorded(struct db *db, int64_t run, enum verdict before, enum verdict now) {
    if (before != VERDICT_NONE || now == VERDICT_NONE)
        return 0;
    struct sql q = sql_open(db, "UPDATE run SET recorded = recorded + 1 WHERE id = ?");
    sql_put_int(&q, run);
    return sql_run(&q, "counting a verdict");
}

/* The verdict after this attempt. What was expected is asked only when the attempt changed what
 * the case amounts to: of two failures the first is judged. */
static int judge(struct db *db, struct arena *arena, const struct attempt *a, enum verdict *before,
                 enum verdict *now, const char **message) {
    enum attempt_status status = ATTEMPT_NONE;
    int rc = read_verdict(db, a->run, a->cell, a->case_id, before, &status);
    enum verdict was = verdict_unexpected(*before, status);
    *now = verdict_after(was, a->status);
    *message = a->message;
    if (*now == was) {
        *now = *before;
        return rc;
    }
    return rc == 0 ? waivers_judge(db, arena, a, now, message) : rc;
}

int results_add(struct db *db, const struct attempt *a) {
    enum verdict before = VERDICT_NONE, now = VERDICT_NONE;
    const char *message = "";
    struct arena arena;
    arena_init(&arena, 0);
    int rc = judge(db, &arena, a, &before, &now, &message);
    if (rc == 0)
        rc = insert_attempt(db, a);
    if (rc == 0)
        rc = insert_occurrence(db, a);
    if (rc == 0)
        rc = update_result(db, a, before, now, message);
    if (rc == 0)
        rc = move_rollup(db, a->run, a->cell, (int)before, (int)now);
    arena_done(&arena);
    return rc < 0 ? rc : count_recorded(db, a->run, before, now);
}

int results_close(struct db *db, int64_t run, int64_t cell, int64_t case_id, enum verdict v,
                  const char *message) {
    enum verdict before = VERDICT_NONE;
    enum attempt_status status;
    int rc = read_verdict(db, run, cell, case_id, &before, &status);
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "UPDATE result SET verdict = ?4, message = ?5"
                                " WHERE run = ?1 AND cell = ?2 AND case_ = ?3");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    sql_put_int(&q, v);
    sql_put_text(&q, message);
    rc = sql_run(&q, "closing a case");
    if (rc == 0)
        rc = move_rollup(db, run, cell, (int)before, (int)v);
    return rc < 0 ? rc : count_recorded(db, run, before, v);
}

int results_close_rest(struct db *db, int64_t run, const char *message, int64_t *count) {
    *count = 0;
    for (;;) {
        int64_t cell = 0, case_id = 0;
        struct sql q = sql_open(db, "SELECT cell, case_ FROM result WHERE run = ? AND verdict = 0"
                                    " ORDER BY cell, case_ LIMIT 1");
        sql_put_int(&q, run);
        bool found = sql_row(&q);
        if (found) {
            cell = sql_int(&q);
            case_id = sql_int(&q);
        }
        int rc = sql_close(&q, "looking for open cases");
        if (rc == 0 && found)
            rc = results_close(db, run, cell, case_id, VERDICT_MISSING, message);
        if (rc < 0 || !found)
            return rc;
        ++*count;
    }
}

/* One row of the comparison. */
static int set_change(struct db *db, int64_t run, int64_t cell, int64_t case_id,
                      enum verdict before, enum change change) {
    struct sql q = sql_open(db, "UPDATE result SET before = ?4, change = ?5"
                                " WHERE run = ?1 AND cell = ?2 AND case_ = ?3");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    sql_put_int(&q, before);
    sql_put_int(&q, change);
    return sql_run(&q, "recording a change");
}

/* The key of a result never changes, so rows may be updated while they are walked. */
int results_compare(struct db *db, int64_t run, int64_t reference) {
    int rc = 0;
    struct sql q = sql_open(db, "SELECT n.cell, n.case_, n.verdict, n.signature,"
                                " coalesce(o.verdict, 0), coalesce(o.signature, 0)"
                                " FROM result n LEFT JOIN result o ON o.run = ?2"
                                " AND o.cell = n.cell AND o.case_ = n.case_ WHERE n.run = ?1"
                                " ORDER BY n.cell, n.case_");
    sql_put_int(&q, run);
    sql_put_int(&q, reference);
    while (rc == 0 && sql_row(&q)) {
        int64_t cell = sql_int(&q), case_id = sql_int(&q);
        enum verdict now = (enum verdict)sql_int(&q);
        int64_t signature = sql_int(&q);
        enum verdict before = (enum verdict)sql_int(&q);
        int64_t signature_before = sql_int(&q);
        rc = set_change(db, run, cell, case_id, before,
                        change_of(before, signature_before, now, signature));
    }
    int closed = sql_close(&q, "comparing runs");
    return rc < 0 ? rc : closed;
}
