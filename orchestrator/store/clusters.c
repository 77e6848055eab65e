/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/clusters.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/sql.h"

#define CLUSTER_COLUMNS                                                                       \
    "k.run, k.cause, c.algo, c.hash, k.kind, k.words, k.message, k.cell, k.case_, cell.name," \
    " case_.name, rc.command_one, k.cells, k.cases, first.name, last.name,"                   \
    " (SELECT count(*) FROM cluster o WHERE o.cause = k.cause AND o.run <= k.run)"
#define CLUSTER_TABLES                                                             \
    " FROM cluster k JOIN cause c ON c.id = k.cause JOIN cell ON cell.id = k.cell" \
    " JOIN case_ ON case_.id = k.case_ JOIN run first ON first.id = c.first_run"   \
    " JOIN run last ON last.id = c.last_run"                                       \
    " LEFT JOIN run_cell rc ON rc.run = k.run AND rc.cell = k.cell"

static struct cluster read_cluster(struct sql *q, struct arena *arena) {
    struct cluster c = {.run = sql_int(q)};
    c.cause = sql_int(q);
    c.algo = (int)sql_int(q);
    c.hash = sql_text(q, arena);
    c.kind = sql_text(q, arena);
    c.words = sql_text(q, arena);
    c.message = sql_text(q, arena);
    c.cell = sql_int(q);
    c.case_id = sql_int(q);
    c.cell_name = sql_text(q, arena);
    c.case_name = sql_text(q, arena);
    c.command = results_command(arena, sql_text(q, arena), c.case_name);
    c.cells = sql_int(q);
    c.cases = sql_int(q);
    c.first_run_name = sql_text(q, arena);
    c.last_run_name = sql_text(q, arena);
    c.runs = sql_int(q);
    return c;
}

static int count_of(struct db *db, int64_t run, size_t *out) {
    struct sql q = sql_open(db, "SELECT count(*) FROM cluster WHERE run = ?");
    sql_put_int(&q, run);
    *out = sql_row(&q) ? (size_t)sql_int(&q) : 0;
    return sql_close(&q, "counting clusters");
}

int clusters_of_run(struct db *db, struct arena *arena, int64_t run, struct cluster **out,
                    size_t *len) {
    size_t room, n = 0;
    int rc = count_of(db, run, &room);
    if (rc < 0)
        return rc;
    struct cluster *rows = arena_array(arena, room + 1, sizeof(*rows));
    struct sql q = sql_open(db, "SELECT " CLUSTER_COLUMNS CLUSTER_TABLES
                                " WHERE k.run = ? ORDER BY k.cases DESC, c.hash");
    sql_put_int(&q, run);
    while (n < room && sql_row(&q))
        rows[n++] = read_cluster(&q, arena);
    *out = rows;
    *len = n;
    return sql_close(&q, "reading clusters");
}

/* Two rows at most: the second says that the first is not the only one. */
int clusters_find(struct db *db, struct arena *arena, const char *word, int64_t run,
                  struct cluster *out) {
    int found = 0;
    size_t len = strlen(word);
    struct sql q = sql_open(db, "SELECT " CLUSTER_COLUMNS CLUSTER_TABLES
                                " WHERE substr(c.hash, 1, ?1) = ?2 AND (k.run = ?3 OR (?3 = 0"
                                " AND k.run = c.last_run)) ORDER BY c.hash LIMIT 2");
    sql_put_int(&q, (int64_t)len);
    sql_put_text(&q, word);
    sql_put_int(&q, run);
    for (; sql_row(&q); found++) {
        struct cluster c = read_cluster(&q, arena);
        if (!found)
            *out = c;
    }
    int rc = sql_close(&q, "reading a cluster");
    if (rc < 0)
        return rc;
    if (found > 1)
        return err_set(ERR_NOTNOW, "several causes begin with \"%.40s\"; give more of it", word);
    if (!found || !len)
        return err_set(ERR_NOTFOUND,
                       "no cluster begins with \"%.40s\"; \"noctule clusters\" lists "
                       "those of a run",
                       word);
    return 0;
}

int clusters_of_case(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                     struct cluster *out) {
    struct sql q = sql_open(db, "SELECT " CLUSTER_COLUMNS CLUSTER_TABLES
                                " JOIN cluster_case m ON m.run = k.run AND m.cause = k.cause"
                                " WHERE m.run = ? AND m.cell = ? AND m.case_ = ?");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    bool found = sql_row(&q);
    if (found)
        *out = read_cluster(&q, arena);
    int rc = sql_close(&q, "reading the cluster of a case");
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "the case is in no cluster");
}

int clusters_cases(struct db *db, struct arena *arena, int64_t run, int64_t cause,
                   struct cluster_case **out, size_t *len) {
    size_t n = 0, room = 0;
    struct sql count =
        sql_open(db, "SELECT count(*) FROM cluster_case WHERE run = ? AND cause = ?");
    sql_put_int(&count, run);
    sql_put_int(&count, cause);
    room = sql_row(&count) ? (size_t)sql_int(&count) : 0;
    int rc = sql_close(&count, "counting the cases of a cluster");
    if (rc < 0)
        return rc;
    struct cluster_case *rows = arena_array(arena, room + 1, sizeof(*rows));
    struct sql q = sql_open(
        db, "SELECT m.cell, m.case_, cell.name, cell.family, v.label, c.name, r.verdict, r.message,"
            " rc.command_one, m.how FROM cluster_case m JOIN cell ON cell.id = m.cell"
            " JOIN variant v ON v.id = cell.variant JOIN case_ c ON c.id = m.case_"
            " JOIN result r ON r.run = m.run AND r.cell = m.cell AND r.case_ = m.case_"
            " JOIN run_cell rc ON rc.run = m.run AND rc.cell = m.cell"
            " WHERE m.run = ? AND m.cause = ? ORDER BY cell.name, c.name");
    sql_put_int(&q, run);
    sql_put_int(&q, cause);
    while (n < room && sql_row(&q)) {
        struct cluster_case *c = &rows[n++];
        c->cell = sql_int(&q);
        c->case_id = sql_int(&q);
        c->cell_name = sql_text(&q, arena);
        c->family = sql_text(&q, arena);
        c->label = sql_text(&q, arena);
        c->case_name = sql_text(&q, arena);
        c->verdict = verdict_name((enum verdict)sql_int(&q));
        c->message = sql_text(&q, arena);
        c->command = results_command(arena, sql_text(&q, arena), c->case_name);
        c->how = sql_text(&q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading the cases of a cluster");
}

static struct cluster_failure read_failure(struct sql *q, struct arena *arena) {
    struct cluster_failure f = {.cell = sql_int(q)};
    f.case_id = sql_int(q);
    f.cell_name = sql_text(q, arena);
    f.case_name = sql_text(q, arena);
    f.type = sql_text(q, arena);
    f.verdict = verdict_name((enum verdict)sql_int(q));
    f.size = sql_int(q);
    f.message = sql_text(q, arena);
    f.class = sql_text(q, arena);
    f.template = sql_text(q, arena);
    f.kind = sql_text(q, arena);
    f.stage = sql_text(q, arena);
    f.op = sql_text(q, arena);
    f.kernel = sql_text(q, arena);
    f.said = sql_text(q, arena);
    return f;
}

int clusters_failures(struct db *db, struct arena *arena, int64_t run, struct cluster_failure **out,
                      size_t *len) {
    size_t n = 0, cap = 64;
    int64_t red = 0;
    struct cluster_failure *rows = arena_array(arena, cap, sizeof(*rows));
    for (int v = 0; v < VERDICT_COUNT; v++)
        red |= verdict_is_red((enum verdict)v) ? INT64_C(1) << v : 0;
    struct sql q = sql_open(
        db, "SELECT r.cell, r.case_, cell.name, c.name, c.type,"
            /* what it is, not that it was expected to be something else */
            " iif(r.verdict = ?3, coalesce(a.status, r.verdict), r.verdict),"
            " coalesce(a.compared, 0), coalesce(a.message, r.message), s.class, s.template, "
            "d.kind, d.stage, d.op, d.kernel,"
            " d.message FROM result r JOIN cell ON cell.id = r.cell JOIN case_ c ON c.id = r.case_"
            " LEFT JOIN attempt a ON a.run = r.run AND a.cell = r.cell AND a.case_ = r.case_"
            " AND a.n = r.decided"
            " LEFT JOIN signature s ON r.signature <> 0 AND s.id = r.signature"
            " LEFT JOIN diagnosis d ON d.run = r.run AND d.cell = r.cell AND d.case_ = r.case_"
            " AND d.error = ''"
            " WHERE r.run = ?1 AND (?2 >> r.verdict) & 1 ORDER BY cell.name, c.name");
    sql_put_int(&q, run);
    sql_put_int(&q, red);
    sql_put_int(&q, VERDICT_XFAIL_OTHER);
    while (sql_row(&q)) {
        if (n == cap) {
            struct cluster_failure *more = arena_array(arena, 2 * cap, sizeof(*more));
            memcpy(more, rows, n * sizeof(*more));
            rows = more;
            cap *= 2;
        }
        rows[n++] = read_failure(&q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading what failed");
}

static int put_cause(struct db *db, const struct cluster *c, int64_t *id) {
    struct sql add = sql_open(db, "INSERT INTO cause VALUES("
                                  "(SELECT coalesce(max(id), 0) + 1 FROM cause), ?1, ?2, ?3, ?3)"
                                  " ON CONFLICT(algo, hash) DO UPDATE SET last_run = ?3");
    sql_put_int(&add, c->algo);
    sql_put_text(&add, c->hash);
    sql_put_int(&add, c->run);
    int rc = sql_run(&add, "adding a cause");
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "SELECT id FROM cause WHERE algo = ? AND hash = ?");
    sql_put_int(&q, c->algo);
    sql_put_text(&q, c->hash);
    if (sql_row(&q))
        *id = sql_int(&q);
    return sql_close(&q, "reading a cause");
}

int clusters_put(struct db *db, struct cluster *c) {
    int rc = put_cause(db, c, &c->cause);
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "INSERT INTO cluster VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, c->run);
    sql_put_int(&q, c->cause);
    sql_put_text(&q, c->kind);
    sql_put_text(&q, c->words);
    sql_put_text(&q, c->message);
    sql_put_int(&q, c->cell);
    sql_put_int(&q, c->case_id);
    sql_put_int(&q, c->cells);
    sql_put_int(&q, c->cases);
    return sql_run(&q, "adding a cluster");
}

int clusters_put_case(struct db *db, int64_t run, int64_t cell, int64_t case_id, int64_t cause,
                      const char *how) {
    struct sql q = sql_open(db, "INSERT INTO cluster_case VALUES(?, ?, ?, ?, ?)");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    sql_put_int(&q, cause);
    sql_put_text(&q, how);
    return sql_run(&q, "adding a case to a cluster");
}
