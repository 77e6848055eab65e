/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/sql.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

/* What SQLite maps into memory fails as input or output when there is no room for it. */
static bool is_full(int rc, const char *path) {
    struct statvfs disk;
    if ((rc & 0xff) == SQLITE_IOERR)
        return statvfs(path, &disk) == 0 && disk.f_bavail == 0;
    return (rc & 0xff) == SQLITE_FULL;
}

int sql_fail(struct db *db, int rc, const char *context) {
    int code = (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? ERR_BUSY : ERR_IO;
    if (is_full(rc, db->path))
        return err_set(code, "%s: the disk that holds %s is full", context, db->path);
    if ((rc & 0xff) == SQLITE_READONLY)
        return err_set(code, "%s: %s or its folder may not be written by this user", context,
                       db->path);
    const char *said = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
    return err_set(code, "%s: %s: %s", context, db->path, said);
}

static struct sql prepare(struct db *db, const char *text, int slot) {
    struct sql q = {.db = db, .put = 1};
    sqlite3_stmt *statement = NULL;
    q.rc = sqlite3_prepare_v2(db->handle, text, -1, &statement, NULL);
    if (q.rc == SQLITE_OK && slot >= 0) {
        db->kept[slot].text = text;
        db->kept[slot].statement = statement;
        db->kept[slot].busy = true;
    }
    q.statement = statement;
    return q;
}

struct sql sql_open(struct db *db, const char *text) {
    int slot = db->kept_count < SQL_KEPT_MAX ? db->kept_count : -1;
    for (int i = 0; i < db->kept_count; i++) {
        if (db->kept[i].text != text)
            continue;
        if (db->kept[i].busy) {
            slot = -1;
            break;
        }
        db->kept[i].busy = true;
        return (struct sql){.db = db, .statement = db->kept[i].statement, .put = 1};
    }
    struct sql q = prepare(db, text, slot);
    if (slot >= 0 && q.statement)
        db->kept_count++;
    return q;
}

static void note(struct sql *q, int rc) {
    if (rc != SQLITE_OK && q->rc == SQLITE_OK)
        q->rc = rc;
}

void sql_put_int(struct sql *q, int64_t v) {
    if (q->rc == SQLITE_OK)
        note(q, sqlite3_bind_int64(q->statement, q->put++, v));
}

void sql_put_real(struct sql *q, double v) {
    if (q->rc == SQLITE_OK)
        note(q, sqlite3_bind_double(q->statement, q->put++, v)); /* SQLite makes NAN a NULL */
}

void sql_put_text(struct sql *q, const char *v) {
    if (q->rc == SQLITE_OK)
        note(q, sqlite3_bind_text(q->statement, q->put++, v ? v : "", -1, SQLITE_TRANSIENT));
}

bool sql_row(struct sql *q) {
    if (q->rc != SQLITE_OK)
        return false;
    q->got = 0;
    int rc = sqlite3_step(q->statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        note(q, rc);
    return rc == SQLITE_ROW;
}

int64_t sql_int(struct sql *q) {
    return sqlite3_column_int64(q->statement, q->got++);
}

double sql_real(struct sql *q) {
    int column = q->got++;
    if (sqlite3_column_type(q->statement, column) == SQLITE_NULL)
        return (double)NAN;
    return sqlite3_column_double(q->statement, column);
}

const char *sql_text(struct sql *q, struct arena *arena) {
    const unsigned char *text = sqlite3_column_text(q->statement, q->got++);
    return arena_strdup(arena, text ? (const char *)text : "");
}

/* Gives the statement back, or ends it when it was one too many to keep. */
static void give_back(struct sql *q) {
    sqlite3_stmt *statement = q->statement;
    for (int i = 0; statement && i < q->db->kept_count; i++) {
        if (q->db->kept[i].statement != statement)
            continue;
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        q->db->kept[i].busy = false;
        return;
    }
    sqlite3_finalize(statement);
}

int sql_close(struct sql *q, const char *fmt, ...) {
    char context[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(context, sizeof(context), fmt, ap);
    va_end(ap);
    int rc = q->rc == SQLITE_OK ? 0 : sql_fail(q->db, q->rc, context);
    give_back(q);
    q->statement = NULL;
    return rc;
}

int sql_run(struct sql *q, const char *what) {
    while (sql_row(q)) {
    }
    return sql_close(q, "%s", what);
}

int sql_script(struct db *db, const char *text, const char *what) {
    int rc = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sql_fail(db, rc, what);
}

int64_t sql_last_id(struct db *db) {
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t sql_changed(struct db *db) {
    return sqlite3_changes(db->handle);
}
