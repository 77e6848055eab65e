/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/signatures.h"

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/sql.h"

static struct signature_row read_row(struct sql *q, struct arena *arena) {
    struct signature_row s = {.id = sql_int(q)};
    s.algo = (int)sql_int(q);
    s.hash = sql_text(q, arena);
    s.class = sql_text(q, arena);
    s.layer = sql_text(q, arena);
    s.rule = sql_text(q, arena);
    s.rule_version = (int)sql_int(q);
    s.template = sql_text(q, arena);
    s.first_run = sql_int(q);
    s.last_run = sql_int(q);
    s.first_run_name = sql_text(q, arena);
    s.cases = sql_int(q);
    s.cells = sql_int(q);
    s.what = s.location = "";
    return s;
}

/* The words of the first occurrence stand for the cluster. */
static int read_example(struct db *db, struct arena *arena, int64_t run, struct signature_row *s) {
    struct sql q = sql_open(db, "SELECT what, location FROM occurrence WHERE signature = ?"
                                " AND (?2 = 0 OR run = ?2) ORDER BY run, cell, case_, n LIMIT 1");
    sql_put_int(&q, s->id);
    sql_put_int(&q, run);
    if (sql_row(&q)) {
        s->what = sql_text(&q, arena);
        s->location = sql_text(&q, arena);
    }
    return sql_close(&q, "reading an occurrence");
}

int signatures_of_run(struct db *db, struct arena *arena, int64_t run, struct signature_row **out,
                      size_t *len) {
    struct sql count = sql_open(db, "SELECT count(*) FROM signature");
    size_t room = sql_row(&count) ? (size_t)sql_int(&count) : 0, n = 0;
    int rc = sql_close(&count, "counting signatures");
    if (rc < 0)
        return rc;
    struct signature_row *rows = arena_array(arena, room, sizeof(*rows));
    struct sql q =
        sql_open(db, "SELECT s.id, s.algo, s.hash, s.class, s.layer, s.rule, s.rule_version,"
                     " s.template, s.first_run, s.last_run, run.name,"
                     " count(DISTINCT r.cell * 4294967296 + r.case_) AS cases,"
                     " count(DISTINCT r.cell)"
                     " FROM result r JOIN signature s ON s.id = r.signature"
                     " JOIN run ON run.id = s.first_run WHERE r.signature <> 0"
                     " AND (?1 = 0 OR r.run = ?1) GROUP BY s.id ORDER BY cases DESC, s.id");
    sql_put_int(&q, run);
    while (n < room && sql_row(&q))
        rows[n++] = read_row(&q, arena);
    rc = sql_close(&q, "reading signatures");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = read_example(db, arena, run, &rows[i]);
    *out = rows;
    *len = n;
    return rc;
}

int signatures_put(struct db *db, const struct signature_row *row, int64_t run, int64_t *id) {
    struct sql add = sql_open(db, "INSERT INTO signature VALUES("
                                  "(SELECT coalesce(max(id), 0) + 1 FROM signature), ?1, ?2, ?3,"
                                  " ?4, ?5, ?6, ?7, ?8, ?8)"
                                  " ON CONFLICT(algo, hash) DO UPDATE SET last_run = ?8");
    sql_put_int(&add, row->algo);
    sql_put_text(&add, row->hash);
    sql_put_text(&add, row->class);
    sql_put_text(&add, row->layer);
    sql_put_text(&add, row->rule);
    sql_put_int(&add, row->rule_version);
    sql_put_text(&add, row->template);
    sql_put_int(&add, run);
    int rc = sql_run(&add, "adding a signature");
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "SELECT id FROM signature WHERE algo = ? AND hash = ?");
    sql_put_int(&q, row->algo);
    sql_put_text(&q, row->hash);
    if (sql_row(&q))
        *id = sql_int(&q);
    return sql_close(&q, "reading a signature");
}
