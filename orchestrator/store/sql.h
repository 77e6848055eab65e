/* SPDX-License-Identifier: Apache-2.0 */
/* sql: one statement, from its text to its last row. For the files of store/ alone.
 *
 *     struct sql q = sql_open(db, "SELECT id FROM run WHERE name = ?");
 *     sql_put_text(&q, name);
 *     while (sql_row(&q))
 *         id = sql_int(&q);
 *     return sql_close(&q, "reading run %s", name);
 *
 * A failure is kept and told by sql_close(); after one the other calls do nothing. Values are put
 * and read from left to right. Prepared statements are kept by db, found by the address of their
 * text, so the text must be a literal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct sqlite3;
struct sqlite3_stmt;

enum { SQL_KEPT_MAX = 96 };

struct db {
    struct sqlite3 *handle;
    char *path;
    struct {
        const char *text;
        struct sqlite3_stmt *statement;
        bool busy; /* a query that is not closed yet: a second one gets its own statement */
    } kept[SQL_KEPT_MAX];
    int kept_count;
};

struct sql {
    struct db *db;
    struct sqlite3_stmt *statement; /* NULL after a failure */
    int put, got;                   /* next parameter, next column */
    int rc;                         /* SQLite's result code of the first failure */
};

struct sql sql_open(struct db *db, const char *text);
void sql_put_int(struct sql *q, int64_t v);
void sql_put_real(struct sql *q, double v);      /* NAN is stored as NULL */
void sql_put_text(struct sql *q, const char *v); /* NULL is stored as "" */
bool sql_row(struct sql *q);
int64_t sql_int(struct sql *q);
double sql_real(struct sql *q);                           /* NULL is NAN */
const char *sql_text(struct sql *q, struct arena *arena); /* a copy; NULL is "" */
/* 0, ERR_BUSY, or ERR_IO with "<fmt…>: <what SQLite says>". A full disk is said in words. */
int sql_close(struct sql *q, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Runs to the end without rows, then sql_close(). */
int sql_run(struct sql *q, const char *what);
/* Statements without parameters, separated by semicolons. */
int sql_script(struct db *db, const char *text, const char *what);
/* ERR_BUSY or ERR_IO with the sentence for SQLite's code rc. */
int sql_fail(struct db *db, int rc, const char *context);
int64_t sql_last_id(struct db *db);
/* How many rows the last statement changed. */
int64_t sql_changed(struct db *db);
