/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/timings.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/sql.h"

/* Larger than what any cell has, and a limit for the arrays. */
enum { ROWS_MAX = 1 << 24 };

/* The runs that ?1 is compared with, itself (?2 = 1) or not, the newest ?4; and of each the cell's
 * first attempts that passed. */
#define COMPARABLE                                                                              \
    " FROM (SELECT o.id, o.name FROM run me JOIN run o ON o.environment = me.environment"       \
    " AND o.workers = me.workers AND o.subject = me.subject AND (o.state = 2 OR o.id = me.id)"  \
    " AND o.id < me.id + ?2 WHERE me.id = ?1"                                                   \
    " AND EXISTS(SELECT 1 FROM run_cell rc WHERE rc.run = o.id AND rc.cell = ?3)"               \
    " ORDER BY o.id DESC LIMIT ?4) r JOIN timing t ON t.run = r.id AND t.cell = ?3 AND t.n = 1" \
    " AND t.calibration_ms > 0 AND t.cpu_ms > 0 AND t.version ="                                \
    " (SELECT max(version) FROM timing WHERE run = ?1 AND cell = ?3)"                           \
    " JOIN attempt a ON a.run = t.run AND a.cell = t.cell AND a.case_ = t.case_ AND a.n = 1"    \
    " AND a.status = 1 LEFT JOIN shift s ON s.run = t.run AND s.cell = t.cell"                  \
    " AND s.case_ = t.case_ AND s.kind IN (1, 2)"

static struct sql open_comparable(struct db *db, const char *text, int64_t run, int itself,
                                  int64_t cell, int64_t runs) {
    struct sql q = sql_open(db, text);
    sql_put_int(&q, run);
    sql_put_int(&q, itself);
    sql_put_int(&q, cell);
    sql_put_int(&q, runs);
    return q;
}

/* Room for one more row of an arena array that doubles. */
static void *grow(struct arena *arena, void *rows, size_t len, size_t *room, size_t size) {
    if (len < *room)
        return rows;
    CHECK(len < ROWS_MAX);
    *room = *room ? *room * 2 : 256;
    void *larger = arena_array(arena, *room, size);
    if (len)
        memcpy(larger, rows, len * size);
    return larger;
}

int timings_of_cell(struct db *db, struct arena *arena, int64_t run, int64_t cell,
                    struct timing **out, size_t *len) {
    struct timing *rows = NULL;
    size_t n = 0, room = 0;
    struct sql q =
        sql_open(db, "SELECT t.case_, c.name, t.n, t.cpu_ms, t.calibration_ms FROM timing t"
                     " JOIN result r ON r.run = t.run AND r.cell = t.cell AND r.case_ = t.case_"
                     " AND r.verdict = 1 JOIN attempt a ON a.run = t.run AND a.cell = t.cell"
                     " AND a.case_ = t.case_ AND a.n = t.n AND a.status = 1"
                     " JOIN case_ c ON c.id = t.case_"
                     " WHERE t.run = ? AND t.cell = ? AND t.cpu_ms > 0 AND t.calibration_ms > 0"
                     " ORDER BY t.case_, t.n");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    while (sql_row(&q)) {
        rows = grow(arena, rows, n, &room, sizeof(*rows));
        rows[n].case_id = sql_int(&q);
        rows[n].case_name = sql_text(&q, arena);
        rows[n].n = (int)sql_int(&q);
        rows[n].cpu_ms = sql_real(&q);
        rows[n++].calibration_ms = sql_real(&q);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading the times of a cell");
}

int timings_past(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t runs,
                 struct timing_past **out, size_t *len) {
    struct timing_past *rows = NULL;
    size_t n = 0, room = 0;
    struct sql q = open_comparable(db,
                                   "SELECT t.case_, t.cpu_ms / t.calibration_ms,"
                                   " s.run IS NOT NULL" COMPARABLE " ORDER BY t.case_, t.run",
                                   run, 0, cell, runs);
    while (sql_row(&q)) {
        rows = grow(arena, rows, n, &room, sizeof(*rows));
        rows[n].case_id = sql_int(&q);
        rows[n].ratio = sql_real(&q);
        rows[n++].shifted = sql_int(&q);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading the times of earlier runs");
}

/* One first attempt of the series. */
struct point {
    int64_t case_id, run;
    double ratio;
};

/* The row of a run, which is added in its place when it is not there. */
static size_t row_of(struct timing_cell *rows, size_t *len, int64_t run) {
    size_t at = *len;
    while (at > 0 && rows[at - 1].run >= run)
        at--;
    if (at < *len && rows[at].run == run)
        return at;
    memmove(rows + at + 1, rows + at, (*len - at) * sizeof(*rows));
    rows[at] = (struct timing_cell){.run = run, .run_name = ""};
    ++*len;
    return at;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct arena *arena, const struct point *points, size_t len) {
    double *values = arena_array(arena, len, sizeof(*values));
    for (size_t i = 0; i < len; i++)
        values[i] = points[i].ratio;
    qsort(values, len, sizeof(*values), by_value);
    return (values[(len - 1) / 2] + values[len / 2]) / 2;
}

/* Points lie by case. */
static void add_up(struct arena *arena, const struct point *points, size_t len,
                   struct timing_cell *rows, size_t *n) {
    double *usual = arena_array(arena, *n, sizeof(*usual));
    for (size_t begin = 0, end; begin < len; begin = end) {
        for (end = begin; end < len && points[end].case_id == points[begin].case_id;)
            end++;
        double middle = median(arena, points + begin, end - begin);
        for (size_t i = begin; i < end; i++) {
            size_t row = row_of(rows, n, points[i].run);
            rows[row].share += points[i].ratio;
            usual[row] += middle;
        }
    }
    for (size_t i = 0; i < *n; i++)
        rows[i].share /= usual[i];
}

int timings_series(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t runs,
                   struct timing_cell **out, size_t *len) {
    struct timing_cell *rows = arena_array(arena, (size_t)runs, sizeof(*rows));
    struct point *points = NULL;
    size_t n = 0, count = 0, room = 0;
    struct sql q =
        open_comparable(db,
                        "SELECT t.case_, t.run, t.cpu_ms / t.calibration_ms,"
                        " coalesce(s.kind, 0), r.name" COMPARABLE " ORDER BY t.case_, t.run",
                        run, 1, cell, runs);
    while (sql_row(&q)) {
        points = grow(arena, points, count, &room, sizeof(*points));
        points[count].case_id = sql_int(&q);
        points[count].run = sql_int(&q);
        points[count].ratio = sql_real(&q);
        int64_t kind = sql_int(&q);
        struct timing_cell *row = &rows[row_of(rows, &n, points[count++].run)];
        if (!*row->run_name)
            row->run_name = sql_text(&q, arena);
        row->cases++;
        row->slower += kind == 1;
        row->faster += kind == 2;
    }
    add_up(arena, points, count, rows, &n);
    *out = rows;
    *len = n;
    return sql_close(&q, "reading the times of a cell through the runs");
}

int timings_add(struct db *db, const struct attempt *a) {
    struct sql q = sql_open(db, "INSERT INTO timing VALUES(?, ?, ?, ?, ?, NULL, 0)");
    sql_put_int(&q, a->run);
    sql_put_int(&q, a->cell);
    sql_put_int(&q, a->case_id);
    sql_put_int(&q, a->n);
    sql_put_real(&q, a->cpu_ms);
    return sql_run(&q, "adding the time of an attempt");
}

int timings_calibrate(struct db *db, int64_t run, int64_t cell, int64_t version, double ms) {
    struct sql q = sql_open(db, "UPDATE timing SET calibration_ms = ?3, version = ?4"
                                " WHERE run = ?1 AND cell = ?2 AND calibration_ms IS NULL");
    sql_put_int(&q, run);
    sql_put_int(&q, cell);
    sql_put_real(&q, ms);
    sql_put_int(&q, version);
    return sql_run(&q, "calibrating times");
}
