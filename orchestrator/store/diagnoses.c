/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/diagnoses.h"

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/sql.h"
#include "orchestrator/store/verdict.h"

int diagnoses_put(struct db *db, const struct diagnosis *d) {
    struct sql q = sql_open(db, "INSERT OR REPLACE INTO diagnosis VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?,"
                                " ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, d->run);
    sql_put_int(&q, d->cell);
    sql_put_int(&q, d->case_id);
    sql_put_text(&q, d->kind);
    sql_put_int(&q, d->layer);
    sql_put_text(&q, d->stage);
    sql_put_text(&q, d->op);
    sql_put_text(&q, d->kernel);
    sql_put_text(&q, d->shapes);
    sql_put_real(&q, d->nmse);
    sql_put_real(&q, d->max_abs);
    sql_put_real(&q, d->limit);
    sql_put_text(&q, d->reference);
    sql_put_text(&q, d->message);
    sql_put_text(&q, d->error);
    return sql_run(&q, "adding a diagnosis");
}

int diagnoses_find(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                   struct diagnosis *out) {
    struct sql q = sql_open(db, "SELECT kind, layer, stage, op, kernel, shapes, nmse, max_abs,"
                                " limit_, reference, message, error FROM diagnosis"
                                " WHERE run = ? AND cell = ? AND case_ = ?");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    bool found = sql_row(&q);
    if (found) {
        *out = (struct diagnosis){.run = run, .cell = cell, .case_id = case_id};
        out->kind = sql_text(&q, arena);
        out->layer = sql_int(&q);
        out->stage = sql_text(&q, arena);
        out->op = sql_text(&q, arena);
        out->kernel = sql_text(&q, arena);
        out->shapes = sql_text(&q, arena);
        out->nmse = sql_real(&q);
        out->max_abs = sql_real(&q);
        out->limit = sql_real(&q);
        out->reference = sql_text(&q, arena);
        out->message = sql_text(&q, arena);
        out->error = sql_text(&q, arena);
    }
    int rc = sql_close(&q, "reading a diagnosis");
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "the case was not explained");
}

int diagnoses_due(struct db *db, struct arena *arena, int64_t run, const char *cell, int64_t limit,
                  const char ***out, size_t *len) {
    size_t n = 0;
    const char **names = arena_array(arena, (size_t)limit, sizeof(*names));
    struct sql q = sql_open(
        db, "SELECT name, explained FROM (SELECT c.name AS name, d.run IS NOT NULL AS explained,"
            " (r.verdict = ?9) <> (2 * sum(r.verdict = ?9) OVER () > count(*) OVER ()) AS rarer,"
            " row_number() OVER (PARTITION BY r.signature ORDER BY coalesce(a.compared, 0) <= 0,"
            " a.compared, c.name) AS place FROM result r JOIN cell ON cell.id = r.cell"
            " JOIN case_ c ON c.id = r.case_"
            " LEFT JOIN attempt a ON a.run = r.run AND a.cell = r.cell AND a.case_ = r.case_"
            " AND a.n = r.decided"
            " LEFT JOIN diagnosis d ON d.run = r.run AND d.cell = r.cell AND d.case_ = r.case_"
            " WHERE r.run = ?1 AND cell.name = ?2 AND (r.verdict IN (?3, ?4, ?9)"
            " OR (r.verdict = ?6 AND a.status IN (?7, ?8))))"
            " ORDER BY rarer, place, name LIMIT ?5");
    sql_put_int(&q, run);
    sql_put_text(&q, cell);
    sql_put_int(&q, VERDICT_FAIL);
    sql_put_int(&q, VERDICT_NUMERICS);
    sql_put_int(&q, limit);
    sql_put_int(&q, VERDICT_XFAIL_OTHER);
    sql_put_int(&q, ATTEMPT_FAIL);
    sql_put_int(&q, ATTEMPT_NUMERICS);
    sql_put_int(&q, VERDICT_ERROR);
    while (n < (size_t)limit && sql_row(&q)) {
        const char *name = sql_text(&q, arena);
        if (!sql_int(&q))
            names[n++] = name;
    }
    *out = names;
    *len = n;
    return sql_close(&q, "reading what is to be explained");
}
