/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/history.h"

#include "orchestrator/store/sql.h"

int history_read(struct db *db, int64_t cell, int64_t case_id, struct history *out, size_t room,
                 size_t *len) {
    size_t n = 0;
    struct sql q = sql_open(db, "SELECT run, verdict FROM result WHERE cell = ? AND case_ = ?"
                                " ORDER BY run DESC LIMIT ?");
    sql_put_int(&q, cell);
    sql_put_int(&q, case_id);
    sql_put_int(&q, (int64_t)room);
    for (; n < room && sql_row(&q); n++) {
        out[n].run = sql_int(&q);
        out[n].verdict = (enum verdict)sql_int(&q);
    }
    *len = n;
    return sql_close(&q, "reading the history of a case");
}
