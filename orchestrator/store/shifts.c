/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/shifts.h"

#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/sql.h"

static const char *const names[SHIFT_COUNT] = {"",
#define X(name, code, text) [SHIFT_##name] = text,
                                               SHIFT_MAP(X)
#undef X
};

const char *shift_name(enum shift s) {
    return names[s];
}

enum shift shift_find(const char *name) {
    for (int i = 1; i < SHIFT_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum shift)i;
    return SHIFT_NONE;
}

double shift_factor(const struct shift_row *s) {
    double low = s->kind == SHIFT_FASTER ? s->now : s->before;
    double high = s->kind == SHIFT_FASTER ? s->before : s->now;
    return low > 0 ? high / low : (double)INFINITY;
}

static struct shift_row read_row(struct sql *q, struct arena *arena) {
    struct shift_row s = {.run = sql_int(q)};
    s.cell = sql_int(q);
    s.case_id = sql_int(q);
    s.kind = (enum shift)sql_int(q);
    s.before = sql_real(q);
    s.now = sql_real(q);
    s.runs = sql_int(q);
    s.attempts = sql_int(q);
    s.run_name = sql_text(q, arena);
    s.cell_name = sql_text(q, arena);
    s.case_name = sql_text(q, arena);
    s.family = sql_text(q, arena);
    s.label = sql_text(q, arena);
    return s;
}

/* An arena array that doubles; the arena keeps the smaller ones until it ends. */
static int read_rows(struct sql *q, struct arena *arena, struct shift_row **out, size_t *len,
                     const char *what) {
    struct shift_row *rows = NULL;
    size_t n = 0, room = 0;
    while (sql_row(q)) {
        if (n == room) {
            struct shift_row *larger =
                arena_array(arena, room = room ? 2 * room : 64, sizeof(*rows));
            if (n)
                memcpy(larger, rows, n * sizeof(*rows));
            rows = larger;
        }
        rows[n++] = read_row(q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(q, "%s", what);
}

int shifts_list(struct db *db, struct arena *arena, int64_t after, int64_t to, int64_t cell,
                struct shift_row **out, size_t *len) {
    struct sql q = sql_open(
        db, "SELECT s.run, s.cell, s.case_, s.kind, s.before, s.now, s.runs, s.attempts, run.name,"
            " cell.name, c.name, cell.family, v.label FROM shift s JOIN run ON run.id = s.run"
            " JOIN cell ON cell.id = s.cell JOIN case_ c ON c.id = s.case_"
            " JOIN variant v ON v.id = cell.variant"
            " WHERE s.run > ?1 AND s.run <= ?2 AND (?3 = 0 OR s.cell = ?3)"
            " ORDER BY s.kind, cell.name, c.name, s.run");
    sql_put_int(&q, after);
    sql_put_int(&q, to);
    sql_put_int(&q, cell);
    return read_rows(&q, arena, out, len, "listing shifts");
}

int shifts_put(struct db *db, const struct shift_row *s) {
    struct sql q = sql_open(db, "INSERT OR REPLACE INTO shift VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, s->run);
    sql_put_int(&q, s->cell);
    sql_put_int(&q, s->case_id);
    sql_put_int(&q, s->kind);
    sql_put_real(&q, s->before);
    sql_put_real(&q, s->now);
    sql_put_int(&q, s->runs);
    sql_put_int(&q, s->attempts);
    return sql_run(&q, "adding a shift");
}

int shifts_find_drifts(struct db *db, struct arena *arena, int64_t run, double times, double floor,
                       struct shift_row **out, size_t *len) {
    struct sql q = sql_open(
        db, "SELECT a.run, a.cell, a.case_, 3, t.nmse, a.nmse, 0, 1, run.name, cell.name, c.name,"
            " cell.family, v.label FROM attempt a JOIN run ON run.id = a.run"
            " JOIN ratchet t ON t.environment = run.environment AND t.cell = a.cell"
            "  AND t.case_ = a.case_ AND t.golden_sha256 = a.golden_sha256"
            "  AND t.nmse_limit = a.nmse_limit"
            " JOIN cell ON cell.id = a.cell JOIN case_ c ON c.id = a.case_"
            " JOIN variant v ON v.id = cell.variant"
            " WHERE a.run = ?1 AND a.n = 1 AND a.status = 1"
            " AND a.nmse >= ?2 * t.nmse AND a.nmse >= ?3 * a.nmse_limit AND a.nmse > t.nmse"
            " ORDER BY cell.name, c.name");
    sql_put_int(&q, run);
    sql_put_real(&q, times);
    sql_put_real(&q, floor);
    return read_rows(&q, arena, out, len, "looking for drifts");
}

/* What is compared with another golden, or under another limit, begins anew. */
int shifts_turn_ratchet(struct db *db, int64_t run) {
    struct sql q = sql_open(
        db, "INSERT INTO ratchet SELECT run.environment, a.cell, a.case_, a.golden_sha256,"
            " a.nmse_limit, a.nmse FROM attempt a JOIN run ON run.id = a.run"
            " WHERE a.run = ? AND a.n = 1 AND a.status = 1 AND a.nmse IS NOT NULL"
            " AND a.nmse_limit > 0 ON CONFLICT(environment, cell, case_) DO UPDATE SET"
            " nmse = iif(golden_sha256 = excluded.golden_sha256"
            "  AND nmse_limit = excluded.nmse_limit, max(nmse, excluded.nmse), excluded.nmse),"
            " golden_sha256 = excluded.golden_sha256, nmse_limit = excluded.nmse_limit");
    sql_put_int(&q, run);
    return sql_run(&q, "turning the ratchet");
}
