/* SPDX-License-Identifier: Apache-2.0 */
/* db: the index of all runs, one SQLite file (logs/noctule.db).
 *
 * The truth is each run's events.ndjson; everything in here can be made again from those files
 * (sweep/index), so a lost or broken index costs time and nothing else. There is one writer: the
 * sweep that holds the lock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct db;

enum db_flags {
    DB_CREATE = 1 << 0, /* make the file when it is not there */
    DB_READ = 1 << 1,   /* no writing, no migration; an older schema is refused */
};

/* Opens, and migrates unless DB_READ. path ":memory:" is an index of its own that dies with it.
 * 0, ERR_NOTFOUND, ERR_IO, ERR_BUSY, or ERR_UNSUPPORTED when a newer noctule wrote the file. */
int db_open(struct db **out, const char *path, int flags);
/* The same for a file with other tables. */
struct db_schema {
    const char *const *steps; /* [*version] steps[i] brings version i to i + 1 */
    const size_t *version;
    const char *mend; /* said of a file that is too new: "; …" or "" */
};
int db_open_schema(struct db **out, const char *path, int flags, const struct db_schema *schema);
void db_close(struct db *db); /* NULL is fine; an open transaction is rolled back */
const char *db_path(const struct db *db);

/* One transaction at a time. 0, ERR_IO, or ERR_BUSY. */
int db_begin(struct db *db);
int db_commit(struct db *db);
void db_rollback(struct db *db); /* fine without one */
