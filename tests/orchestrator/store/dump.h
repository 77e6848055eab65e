/* SPDX-License-Identifier: Apache-2.0 */
/* dump: every row of an index as text, so that two of them can be compared. */
#pragma once

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "tests/test.h"

static inline void dump_table(struct buf *out, sqlite3 *db, const char *table) {
    sqlite3_stmt *q;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    EXPECT(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK);
    buf_printf(out, "%s\n", table);
    while (sqlite3_step(q) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            const unsigned char *text = sqlite3_column_text(q, i);
            buf_printf(out, "%s|", text ? (const char *)text : "NULL");
        }
        buf_putc(out, '\n');
    }
    sqlite3_finalize(q);
    sqlite3_free(sql);
}

/* All tables by name, rows in the order of their keys. */
static inline void dump_index(struct buf *out, const char *path) {
    sqlite3 *db = NULL;
    sqlite3_stmt *tables;
    EXPECT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    EXPECT(sqlite3_prepare_v2(db,
                              "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
                              -1, &tables, NULL) == SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        dump_table(out, db, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    sqlite3_close(db);
}
