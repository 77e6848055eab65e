/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/failures.h"

#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/sql.h"
#include "orchestrator/store/verdict.h"

static struct failure_row read_row(struct sql *q, struct arena *arena) {
    struct failure_row f = {.run = sql_int(q)};
    f.cell = sql_int(q);
    f.case_id = sql_int(q);
    f.run_name = sql_text(q, arena);
    f.cell_name = sql_text(q, arena);
    f.case_name = sql_text(q, arena);
    f.type = sql_text(q, arena);
    f.status = verdict_attempt_name((enum attempt_status)sql_int(q));
    f.message = sql_text(q, arena);
    f.worst_key = sql_text(q, arena);
    f.nmse = sql_real(q);
    f.limit = sql_real(q);
    f.signal = (int)sql_int(q);
    f.log = sql_text(q, arena);
    f.log_begin = sql_int(q);
    f.log_end = sql_int(q);
    f.hash = sql_text(q, arena);
    f.rule = sql_text(q, arena);
    f.class = sql_text(q, arena);
    f.layer = sql_text(q, arena);
    f.rule_version = (int)sql_int(q);
    return f;
}

int failures_list(struct db *db, struct arena *arena, int64_t runs, struct failure_row **out,
                  size_t *len) {
    struct failure_row *rows = NULL;
    size_t n = 0, room = 0;
    struct sql q =
        sql_open(db, "SELECT a.run, a.cell, a.case_, run.name, cell.name, c.name, c.type, a.status,"
                     " a.message, a.worst_key, a.nmse, a.nmse_limit, a.signal, rc.log, a.log_begin,"
                     " a.log_end, s.hash, s.rule, s.class, s.layer, s.rule_version"
                     " FROM occurrence o JOIN attempt a ON a.run = o.run AND a.cell = o.cell"
                     " AND a.case_ = o.case_ AND a.n = o.n JOIN signature s ON s.id = o.signature"
                     " JOIN run ON run.id = a.run JOIN cell ON cell.id = a.cell"
                     " JOIN case_ c ON c.id = a.case_"
                     " JOIN run_cell rc ON rc.run = a.run AND rc.cell = a.cell"
                     " WHERE a.run > (SELECT max(id) FROM run) - ?"
                     " ORDER BY a.run, cell.name, a.log_begin, c.name, a.n");
    sql_put_int(&q, runs);
    while (sql_row(&q)) {
        if (n == room) {
            struct failure_row *more =
                arena_array(arena, room = room ? 2 * room : 64, sizeof(*more));
            if (n)
                memcpy(more, rows, n * sizeof(*rows));
            rows = more;
        }
        rows[n++] = read_row(&q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading failures");
}
