/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/flakes.h"

#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/sql.h"

/* What did not change between two attempts; a machine is told by its environment. */
#define PLACE                                                                                    \
    "run.environment || ' ' || iif(run.dirty OR run.commit_ = '', 'run ' || run.id, run.commit_" \
    " || ' ' || run.build_sha256)"

/* Only cases with any failure are looked at: they are few, and each has an occurrence. 1 is a pass,
 * 2 to 7 are failures. */
static const char text[] =
    "WITH bad(cell, case_) AS (SELECT DISTINCT cell, case_ FROM occurrence"
    "  WHERE run > ?1 - ?2 AND run <= ?1),"
    " here(place) AS (SELECT " PLACE " FROM run WHERE id = ?1),"
    " place(cell, case_, place, attempts, fails, first_run, last_run) AS ("
    "  SELECT a.cell, a.case_, " PLACE " AS place, count(*), sum(a.status <> 1),"
    "  min(iif(a.status <> 1, a.run, NULL)), max(iif(a.status <> 1, a.run, NULL))"
    "  FROM bad JOIN run ON run.id > ?1 - ?2 AND run.id <= ?1"
    "  JOIN attempt a ON a.run = run.id AND a.cell = bad.cell AND a.case_ = bad.case_"
    "  WHERE a.status BETWEEN 1 AND 7 GROUP BY a.cell, a.case_, 3"
    "  HAVING sum(a.status = 1) > 0),"
    " flake(cell, case_, attempts, fails, places, first_run, last_run, here) AS ("
    "  SELECT cell, case_, sum(attempts), sum(fails), sum(fails > 0), min(first_run),"
    "  max(last_run), max(fails > 0 AND place = (SELECT place FROM here)) FROM place"
    "  GROUP BY cell, case_ HAVING sum(fails) > 0)"
    " SELECT f.cell, f.case_, cell.name, c.name, cell.family, v.label, f.attempts, f.fails,"
    "  f.places, f.first_run, f.last_run, first.name, last.name,"
    "  (SELECT a.message FROM attempt a WHERE a.run = f.first_run AND a.cell = f.cell"
    "   AND a.case_ = f.case_ AND a.status BETWEEN 2 AND 7 ORDER BY a.n LIMIT 1),"
    "  (SELECT r.verdict FROM result r WHERE r.cell = f.cell AND r.case_ = f.case_"
    "   AND r.run <= ?1 ORDER BY r.run DESC LIMIT 1)"
    " FROM flake f JOIN cell ON cell.id = f.cell JOIN case_ c ON c.id = f.case_"
    " JOIN variant v ON v.id = cell.variant JOIN run first ON first.id = f.first_run"
    " JOIN run last ON last.id = f.last_run WHERE f.here OR NOT ?3"
    " ORDER BY f.fails DESC, cell.name, c.name";

static struct flake_row read_row(struct sql *q, struct arena *arena) {
    struct flake_row f = {.cell = sql_int(q)};
    f.case_id = sql_int(q);
    f.cell_name = sql_text(q, arena);
    f.case_name = sql_text(q, arena);
    f.family = sql_text(q, arena);
    f.label = sql_text(q, arena);
    f.attempts = sql_int(q);
    f.fails = sql_int(q);
    f.places = sql_int(q);
    f.first_run = sql_int(q);
    f.last_run = sql_int(q);
    f.first_run_name = sql_text(q, arena);
    f.last_run_name = sql_text(q, arena);
    f.first_message = sql_text(q, arena);
    f.verdict = (enum verdict)sql_int(q);
    return f;
}

int flakes_list(struct db *db, struct arena *arena, int64_t run, bool here, struct flake_row **out,
                size_t *len) {
    struct flake_row *rows = NULL;
    size_t n = 0, room = 0;
    struct sql q = sql_open(db, text);
    sql_put_int(&q, run);
    sql_put_int(&q, FLAKES_RUNS);
    sql_put_int(&q, here);
    while (sql_row(&q)) {
        if (n == room) {
            struct flake_row *more = arena_array(arena, room = room ? 2 * room : 16, sizeof(*more));
            if (n)
                memcpy(more, rows, n * sizeof(*rows));
            rows = more;
        }
        rows[n++] = read_row(&q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "looking for flakes");
}
