/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/cells.h"

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/sql.h"

#define CELL_COLUMNS                                                                        \
    "cell.id, cell.name, cell.suite, cell.family, variant.id, variant.hash, variant.label," \
    " variant.axes, variant.backend, variant.dtype"
#define CELL_TABLES " FROM cell JOIN variant ON variant.id = cell.variant"
#define RUN_CELL_TABLES                                \
    " FROM run_cell rc JOIN cell ON cell.id = rc.cell" \
    " JOIN variant ON variant.id = cell.variant"
#define RUN_CELL_COLUMNS                                                                          \
    CELL_COLUMNS ", rc.run, rc.command, rc.command_one, rc.log, rc.note, rc.planned, rc.workers," \
                 " rc.peak_rss_kib, rc.busy_ms, rc.program_sha256"

static struct cell read_cell(struct sql *q, struct arena *arena) {
    struct cell c = {.id = sql_int(q)};
    c.name = sql_text(q, arena);
    c.suite = sql_text(q, arena);
    c.family = sql_text(q, arena);
    c.variant.id = sql_int(q);
    c.variant.hash = sql_text(q, arena);
    c.variant.label = sql_text(q, arena);
    c.variant.axes = sql_text(q, arena);
    c.variant.backend = sql_text(q, arena);
    c.variant.dtype = sql_text(q, arena);
    return c;
}

static struct run_cell read_run_cell(struct sql *q, struct arena *arena) {
    struct run_cell rc = {.cell = read_cell(q, arena)};
    rc.run = sql_int(q);
    rc.command = sql_text(q, arena);
    rc.command_one = sql_text(q, arena);
    rc.log = sql_text(q, arena);
    rc.note = sql_text(q, arena);
    rc.planned = sql_int(q);
    rc.workers = sql_int(q);
    rc.peak_rss_kib = sql_int(q);
    rc.busy_ms = sql_real(q);
    rc.program_sha256 = sql_text(q, arena);
    return rc;
}

/* Rows of one query, whose first column says how many there will be. */
static int count_of(struct sql *q, const char *what, size_t *count) {
    *count = sql_row(q) ? (size_t)sql_int(q) : 0;
    return sql_close(q, "%s", what);
}

static int read_counts(struct db *db, struct run_cell *rc) {
    struct sql q = sql_open(db, "SELECT verdict, cases FROM rollup WHERE run = ? AND cell = ?");
    sql_put_int(&q, rc->run);
    sql_put_int(&q, rc->cell.id);
    rc->recorded = 0;
    while (sql_row(&q)) {
        int64_t verdict = sql_int(&q), cases = sql_int(&q);
        if (verdict < 0 || verdict >= VERDICT_COUNT)
            continue; /* of a newer version; check_version() keeps those out */
        rc->count[verdict] = cases;
        rc->recorded += verdict == VERDICT_NONE ? 0 : cases;
    }
    return sql_close(&q, "reading the counts of a cell");
}

/* The rest of q as rows, with their counts. q is closed before the counts are read. */
static int read_run_cells(struct db *db, struct sql *q, struct arena *arena, size_t room,
                          struct run_cell **out, size_t *len) {
    struct run_cell *rows = arena_array(arena, room, sizeof(*rows));
    size_t n = 0;
    while (n < room && sql_row(q))
        rows[n++] = read_run_cell(q, arena);
    int rc = sql_close(q, "reading cells");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = read_counts(db, &rows[i]);
    *out = rows;
    *len = n;
    return rc;
}

int cells_of_run(struct db *db, struct arena *arena, int64_t run, struct run_cell **out,
                 size_t *len) {
    size_t room = 0;
    struct sql count = sql_open(db, "SELECT count(*) FROM run_cell WHERE run = ?");
    sql_put_int(&count, run);
    int rc = count_of(&count, "counting cells", &room);
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "SELECT " RUN_CELL_COLUMNS RUN_CELL_TABLES
                                " WHERE rc.run = ? ORDER BY cell.name");
    sql_put_int(&q, run);
    return read_run_cells(db, &q, arena, room, out, len);
}

int cells_history(struct db *db, struct arena *arena, int64_t cell, size_t limit,
                  struct run_cell **out, size_t *len) {
    struct sql q = sql_open(db, "SELECT " RUN_CELL_COLUMNS RUN_CELL_TABLES
                                " WHERE rc.cell = ? ORDER BY rc.run DESC"
                                " LIMIT ?");
    sql_put_int(&q, cell);
    sql_put_int(&q, (int64_t)limit);
    return read_run_cells(db, &q, arena, limit, out, len);
}

int cells_list(struct db *db, struct arena *arena, struct cell **out, size_t *len) {
    size_t room = 0, n = 0;
    struct sql count = sql_open(db, "SELECT count(*) FROM cell");
    int rc = count_of(&count, "counting cells", &room);
    if (rc < 0)
        return rc;
    struct cell *rows = arena_array(arena, room, sizeof(*rows));
    struct sql q = sql_open(db, "SELECT " CELL_COLUMNS CELL_TABLES " ORDER BY cell.name");
    while (n < room && sql_row(&q))
        rows[n++] = read_cell(&q, arena);
    *out = rows;
    *len = n;
    return sql_close(&q, "listing cells");
}

int cells_find(struct db *db, struct arena *arena, const char *name, struct cell *out) {
    struct sql q = sql_open(db, "SELECT " CELL_COLUMNS CELL_TABLES " WHERE cell.name = ?");
    sql_put_text(&q, name);
    bool found = sql_row(&q);
    if (found)
        *out = read_cell(&q, arena);
    int rc = sql_close(&q, "looking for cell %s", name);
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "there is no cell \"%s\"", name);
}

/* One integer, the id that a query which is ready finds. */
static int read_id(struct sql *q, const char *what, int64_t *id) {
    bool found = sql_row(q);
    if (found)
        *id = sql_int(q);
    int rc = sql_close(q, "%s", what);
    return rc < 0 || found ? rc : err_set(ERR_IO, "%s: the row is not there", what);
}

static int put_variant(struct db *db, const struct variant *v, int64_t *id) {
    struct sql add = sql_open(db, "INSERT OR IGNORE INTO variant VALUES("
                                  "(SELECT coalesce(max(id), 0) + 1 FROM variant), ?, ?, ?, ?, ?)");
    sql_put_text(&add, v->hash);
    sql_put_text(&add, v->label);
    sql_put_text(&add, v->axes);
    sql_put_text(&add, v->backend);
    sql_put_text(&add, v->dtype);
    int rc = sql_run(&add, "adding a variant");
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "SELECT id FROM variant WHERE hash = ?");
    sql_put_text(&q, v->hash);
    return read_id(&q, "reading a variant", id);
}

int cells_put(struct db *db, const struct cell *cell, int64_t *id) {
    int64_t variant = 0;
    int rc = put_variant(db, &cell->variant, &variant);
    if (rc < 0)
        return rc;
    struct sql add = sql_open(db, "INSERT OR IGNORE INTO cell VALUES("
                                  "(SELECT coalesce(max(id), 0) + 1 FROM cell), ?, ?, ?, ?)");
    sql_put_text(&add, cell->name);
    sql_put_text(&add, cell->suite);
    sql_put_text(&add, cell->family);
    sql_put_int(&add, variant);
    rc = sql_run(&add, "adding a cell");
    if (rc < 0)
        return rc;
    struct sql q = sql_open(db, "SELECT id FROM cell WHERE name = ?");
    sql_put_text(&q, cell->name);
    return read_id(&q, "reading a cell", id);
}

int cells_put_case(struct db *db, const char *suite, const char *family, const char *name,
                   int64_t *id) {
    struct sql add = sql_open(db, "INSERT OR IGNORE INTO case_ VALUES("
                                  "(SELECT coalesce(max(id), 0) + 1 FROM case_), ?, ?, ?, '', '')");
    sql_put_text(&add, suite);
    sql_put_text(&add, name);
    sql_put_text(&add, family);
    int rc = sql_run(&add, "adding a case");
    if (rc < 0)
        return rc;
    return cells_find_case(db, suite, name, id);
}

int cells_find_case(struct db *db, const char *suite, const char *name, int64_t *id) {
    struct sql q = sql_open(db, "SELECT id FROM case_ WHERE suite = ? AND name = ?");
    sql_put_text(&q, suite);
    sql_put_text(&q, name);
    return read_id(&q, "looking for a case", id);
}

int cells_describe_case(struct db *db, int64_t case_id, const char *type, const char *ref) {
    struct sql q = sql_open(db, "UPDATE case_ SET type = ?2, ref = ?3 WHERE id = ?1"
                                " AND (type <> ?2 OR ref <> ?3)");
    sql_put_int(&q, case_id);
    sql_put_text(&q, type);
    sql_put_text(&q, ref);
    return sql_run(&q, "describing a case");
}

int cells_add_to_run(struct db *db, const struct run_cell *rc) {
    struct sql q = sql_open(db, "INSERT INTO run_cell VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, rc->run);
    sql_put_int(&q, rc->cell.id);
    sql_put_text(&q, rc->command);
    sql_put_text(&q, rc->command_one);
    sql_put_text(&q, rc->log);
    sql_put_text(&q, rc->note);
    sql_put_int(&q, rc->planned);
    sql_put_int(&q, rc->workers);
    sql_put_int(&q, rc->peak_rss_kib);
    sql_put_real(&q, rc->busy_ms);
    sql_put_text(&q, rc->program_sha256 ? rc->program_sha256 : "");
    return sql_run(&q, "adding a cell to the run");
}

int cells_add_worker(struct db *db, int64_t run, int64_t cell, double ms, int64_t peak_rss_kib,
                     const char *note) {
    struct sql q =
        sql_open(db, "UPDATE run_cell SET workers = workers + 1, busy_ms = busy_ms + ?3,"
                     " peak_rss_kib = max(peak_rss_kib, ?4), note = CASE WHEN ?5 = '' THEN note"
                     " WHEN note = '' THEN ?5 ELSE note || '; ' || ?5 END"
                     " WHERE run = ?1 AND cell = ?2");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_real(&q, ms);
    sql_put_int(&q, peak_rss_kib);
    sql_put_text(&q, note);
    return sql_run(&q, "adding a worker");
}
