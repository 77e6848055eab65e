/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/results.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/store/sql.h"

enum { COMMAND_MAX = 1 << 20 };

#define ATTEMPT_COLUMNS                                                                      \
    "a.run, a.cell, a.case_, a.n, a.status, a.started_ms, a.ms, a.exit_code, a.signal,"      \
    " a.message, a.compared, a.nmse, a.nmse_limit, a.max_abs, a.tolerance, a.worst_key,"     \
    " a.worst_index, a.worst_got, a.worst_want, a.golden_sha256, a.requested, a.actual,"     \
    " a.native, a.composite, a.reference, a.log_begin, a.log_end, coalesce(o.signature, 0)," \
    " o.location, o.what, o.tail"
#define ATTEMPT_JOIN                                                                     \
    " LEFT JOIN occurrence o ON o.run = a.run AND o.cell = a.cell AND o.case_ = a.case_" \
    " AND o.n = a.n"
#define RESULT_COLUMNS                                                                           \
    "r.run, r.cell, r.case_, c.name, c.type, c.ref, cell.name, cell.family, v.label, v.backend," \
    " v.dtype, r.verdict, r.before, r.change, r.attempts, r.ms, r.message, s.hash, s.class,"     \
    " s.layer, rc.log, rc.command_one, EXISTS(SELECT 1 FROM waiver w WHERE w.run = r.run"        \
    " AND w.cell = r.cell AND w.case_ = r.case_ AND w.kind = 2 AND NOT w.expired)"
#define RESULT_TABLES                                                                 \
    " FROM result r JOIN case_ c ON c.id = r.case_ JOIN cell ON cell.id = r.cell"     \
    " JOIN variant v ON v.id = cell.variant"                                          \
    " JOIN run_cell rc ON rc.run = r.run AND rc.cell = r.cell"                        \
    " LEFT JOIN signature s ON r.signature <> 0 AND s.id = r.signature"               \
    " LEFT JOIN attempt a ON a.run = r.run AND a.cell = r.cell AND a.case_ = r.case_" \
    " AND a.n = r.decided" ATTEMPT_JOIN

static struct attempt read_attempt(struct sql *q, struct arena *arena) {
    struct attempt a = {.run = sql_int(q)};
    a.cell = sql_int(q);
    a.case_id = sql_int(q);
    a.n = (int)sql_int(q);
    a.status = (enum attempt_status)sql_int(q);
    a.started_ms = sql_int(q);
    a.ms = sql_real(q);
    a.exit_code = (int)sql_int(q);
    a.signal = (int)sql_int(q);
    a.message = sql_text(q, arena);
    a.compared = sql_int(q);
    a.nmse = sql_real(q);
    a.nmse_limit = sql_real(q);
    a.max_abs = sql_real(q);
    a.tolerance = sql_text(q, arena);
    a.worst_key = sql_text(q, arena);
    a.worst_index = sql_text(q, arena);
    a.worst_got = sql_real(q);
    a.worst_want = sql_real(q);
    a.golden_sha256 = sql_text(q, arena);
    a.requested = sql_text(q, arena);
    a.actual = sql_text(q, arena);
    a.native = sql_int(q);
    a.composite = sql_int(q);
    a.reference = sql_int(q);
    a.log_begin = sql_int(q);
    a.log_end = sql_int(q);
    a.signature = sql_int(q);
    a.location = sql_text(q, arena);
    a.what = sql_text(q, arena);
    a.tail = sql_text(q, arena);
    return a;
}

/* `{case}` in the command of a cell, replaced. The hole stands between single quotes; a quote in
 * a hostile name must not end them, for people paste the line into a shell. */
const char *results_command(struct arena *arena, const char *command, const char *name) {
    const char *hole = strstr(command, "{case}");
    if (!hole)
        return command;
    struct buf line;
    buf_init(&line, COMMAND_MAX);
    buf_add(&line, command, (size_t)(hole - command));
    for (; *name; name++)
        if (*name == '\'')
            buf_puts(&line, "'\\''");
        else
            buf_putc(&line, *name);
    buf_puts(&line, hole + strlen("{case}"));
    const char *kept = arena_strdup(arena, line.data);
    buf_done(&line);
    return kept;
}

void results_put_line(struct buf *out, const char *message) {
    size_t len = strcspn(message, "\n");
    buf_add(out, message, len);
    if (message[len + strspn(message + len, " \t\r\n")])
        buf_puts(out, " …");
}

static struct result read_result(struct sql *q, struct arena *arena) {
    struct result r = {.run = sql_int(q)};
    r.cell = sql_int(q);
    r.case_id = sql_int(q);
    r.case_name = sql_text(q, arena);
    r.type = sql_text(q, arena);
    r.ref = sql_text(q, arena);
    r.cell_name = sql_text(q, arena);
    r.family = sql_text(q, arena);
    r.label = sql_text(q, arena);
    r.backend = sql_text(q, arena);
    r.dtype = sql_text(q, arena);
    r.verdict = (enum verdict)sql_int(q);
    r.before = (enum verdict)sql_int(q);
    r.change = (enum change)sql_int(q);
    r.attempts = (int)sql_int(q);
    double ms = sql_real(q);
    const char *message = sql_text(q, arena);
    r.signature_hash = sql_text(q, arena);
    r.class = sql_text(q, arena);
    r.layer = sql_text(q, arena);
    r.log = sql_text(q, arena);
    r.command = results_command(arena, sql_text(q, arena), r.case_name);
    r.quarantined = sql_int(q) != 0;
    r.last = read_attempt(q, arena);
    /* Without an attempt (missing, precluded) the row still says why. */
    r.last.run = r.run, r.last.cell = r.cell, r.last.case_id = r.case_id;
    r.last.ms = ms;
    r.last.message = message;
    return r;
}

static void put_filter(struct sql *q, const struct result_filter *f) {
    unsigned red = 0;
    for (int v = 0; v < VERDICT_COUNT; v++)
        red |= verdict_is_red((enum verdict)v) ? 1u << v : 0;
    unsigned verdicts = f->verdicts ? f->verdicts : ~0u;
    sql_put_int(q, f->run);
    sql_put_int(q, f->cell);
    sql_put_int(q, f->case_id);
    sql_put_int(q, f->signature);
    sql_put_int(q, f->red ? verdicts & red : verdicts);
    sql_put_int(q, f->changes ? f->changes : ~0u);
}

/* Ends with the filter's six parameters; the seventh is a limit. */
#define RESULT_WHERE                                                                         \
    " WHERE (?1 = 0 OR r.run = ?1) AND (?2 = 0 OR r.cell = ?2) AND (?3 = 0 OR r.case_ = ?3)" \
    " AND (?4 = 0 OR r.signature = ?4) AND (1 << r.verdict) & ?5 AND (1 << r.change) & ?6"

/* One text per order: each is planned, and kept, by itself. The unary + keeps SQLite on the
 * index that fits: a case through all runs, or all of a run. */
static const char by_run[] =
    "SELECT " RESULT_COLUMNS ", " ATTEMPT_COLUMNS RESULT_TABLES
    " WHERE r.cell = ?2 AND r.case_ = ?3 AND (?1 = 0 OR r.run = ?1)"
    " AND (?4 = 0 OR r.signature = ?4) AND (1 << r.verdict) & ?5 AND (1 << r.change) & ?6"
    " ORDER BY r.run DESC LIMIT ?7";
static const char of_run[] =
    "SELECT " RESULT_COLUMNS ", " ATTEMPT_COLUMNS RESULT_TABLES
    " WHERE r.run = ?1 AND (?2 = 0 OR r.cell = ?2) AND (?3 = 0 OR r.case_ = ?3)"
    " AND (?4 = 0 OR r.signature = ?4) AND (1 << r.verdict) & ?5 AND (1 << r.change) & ?6"
    " ORDER BY cell.name, c.name LIMIT ?7";
static const char newest[] =
    "SELECT " RESULT_COLUMNS ", " ATTEMPT_COLUMNS RESULT_TABLES RESULT_WHERE
    " ORDER BY r.run DESC, cell.name, c.name LIMIT ?7";
static const char any[] = "SELECT " RESULT_COLUMNS ", " ATTEMPT_COLUMNS RESULT_TABLES RESULT_WHERE
                          " ORDER BY cell.name, c.name, r.run LIMIT ?7";

static const char *text_for(const struct result_filter *f) {
    if (f->newest_first)
        return f->cell && f->case_id ? by_run : newest;
    return f->run ? of_run : any;
}

/* An arena array that doubles; the arena keeps the smaller ones until it ends. */
static struct result *grow(struct arena *arena, struct result *rows, size_t len, size_t *room) {
    if (len < *room)
        return rows;
    *room = *room ? *room * 2 : 64;
    struct result *larger = arena_array(arena, *room, sizeof(*larger));
    if (len)
        memcpy(larger, rows, len * sizeof(*larger));
    return larger;
}

static int read_results(struct sql *q, struct arena *arena, struct result **out, size_t *len) {
    struct result *rows = NULL;
    size_t n = 0, room = 0;
    while (sql_row(q)) {
        rows = grow(arena, rows, n, &room);
        rows[n++] = read_result(q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(q, "reading results");
}

int results_list(struct db *db, struct arena *arena, const struct result_filter *filter,
                 struct result **out, size_t *len) {
    struct sql q = sql_open(db, text_for(filter));
    put_filter(&q, filter);
    sql_put_int(&q, filter->limit ? (int64_t)filter->limit : -1);
    return read_results(&q, arena, out, len);
}

int results_attempts(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                     struct attempt **out, size_t *len) {
    enum { ATTEMPTS_MAX = 64 };
    struct attempt *rows = arena_array(arena, ATTEMPTS_MAX, sizeof(*rows));
    size_t n = 0;
    struct sql q = sql_open(db, "SELECT " ATTEMPT_COLUMNS " FROM attempt a" ATTEMPT_JOIN
                                " WHERE a.run = ? AND a.cell = ? AND a.case_ = ? ORDER BY a.n");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    while (n < ATTEMPTS_MAX && sql_row(&q))
        rows[n++] = read_attempt(&q, arena);
    *out = rows;
    *len = n;
    return sql_close(&q, "reading attempts");
}

int results_changes(struct db *db, int64_t run, int64_t *count) {
    memset(count, 0, CHANGE_COUNT * sizeof(*count));
    struct sql q = sql_open(db, "SELECT change, count(*) FROM result WHERE run = ?"
                                " GROUP BY change");
    sql_put_int(&q, run);
    while (sql_row(&q)) {
        int64_t change = sql_int(&q), cases = sql_int(&q);
        if (change >= 0 && change < CHANGE_COUNT)
            count[change] = cases;
    }
    return sql_close(&q, "counting changes");
}

/* A filtered run says nothing of the cells that it left out. */
int results_gone(struct db *db, struct arena *arena, int64_t run, struct result **out,
                 size_t *len) {
    struct sql q = sql_open(
        db, "SELECT " RESULT_COLUMNS ", " ATTEMPT_COLUMNS RESULT_TABLES
            " JOIN run me ON me.id = ?1 WHERE r.run = me.reference AND (me.scope = '' OR"
            " (instr(me.scope, 'case=') = 0 AND EXISTS(SELECT 1 FROM run_cell mine"
            " WHERE mine.run = me.id AND mine.cell = r.cell)))"
            " AND NOT EXISTS(SELECT 1 FROM result mine WHERE mine.run = me.id"
            " AND mine.cell = r.cell AND mine.case_ = r.case_) ORDER BY cell.name, c.name");
    sql_put_int(&q, run);
    int rc = read_results(&q, arena, out, len);
    for (size_t i = 0; rc == 0 && i < *len; i++) {
        (*out)[i].before = (*out)[i].verdict;
        (*out)[i].verdict = VERDICT_NONE;
        (*out)[i].change = CHANGE_DISAPPEARED;
    }
    return rc;
}

int results_last_good(struct db *db, struct arena *arena, const struct result *r,
                      struct results_good *out) {
    int64_t red = 0;
    for (int v = 0; v < VERDICT_COUNT; v++)
        red |= verdict_is_red((enum verdict)v) ? INT64_C(1) << v : 0;
    struct sql q =
        sql_open(db, "SELECT run.name, rc.log, rc.program_sha256,"
                     " NOT EXISTS(SELECT 1 FROM rollup u WHERE u.run = r.run"
                     " AND u.cell = r.cell AND u.cases > 0 AND (?4 >> u.verdict) & 1) AS whole"
                     " FROM result r JOIN run ON run.id = r.run"
                     " JOIN run_cell rc ON rc.run = r.run AND rc.cell = r.cell"
                     " WHERE r.cell = ?1 AND r.case_ = ?2 AND r.run < ?3 AND r.verdict = 1"
                     " ORDER BY whole DESC, r.run DESC LIMIT 1");
    sql_put_int(&q, r->cell);
    sql_put_int(&q, r->case_id);
    sql_put_int(&q, r->run);
    sql_put_int(&q, red);
    bool found = sql_row(&q);
    if (found) {
        out->run_name = sql_text(&q, arena);
        out->log = sql_text(&q, arena);
        out->program_sha256 = sql_text(&q, arena);
        out->whole = sql_int(&q) != 0;
    }
    int rc = sql_close(&q, "looking for the last good run");
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "the case never passed before");
}

bool results_is_regression(const struct result *r) {
    return !r->quarantined && r->verdict != VERDICT_XFAIL &&
           change_is_regression(r->change, r->before);
}

int results_longest_pass(struct db *db, int64_t cell, int64_t case_id, int64_t runs, double *ms) {
    *ms = 0;
    struct sql q = sql_open(db, "SELECT coalesce(max(ms), 0) FROM (SELECT ms FROM result"
                                " WHERE cell = ? AND case_ = ? AND verdict = 1"
                                " ORDER BY run DESC LIMIT ?)");
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    sql_put_int(&q, runs);
    if (sql_row(&q))
        *ms = sql_real(&q);
    return sql_close(&q, "reading how long a case took");
}
