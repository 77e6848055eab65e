/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/store/change.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/schema.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/sql.h"
#include "orchestrator/store/verdict.h"

enum { BUSY_WAIT_MS = 10000, URI_MAX = 64 << 10 };

static int version_of(struct db *db, int64_t *version) {
    struct sql q = sql_open(db, "PRAGMA user_version");
    if (sql_row(&q))
        *version = sql_int(&q);
    return sql_close(&q, "reading the version of the index");
}

/* Names of the codes, for readers of the file that are not this program. */
static int write_words(struct db *db) {
    struct word {
        const char *kind;
        int code;
        const char *name;
    };
    static const struct word words[] = {
#define X(name, code, text) {"verdict", code, text},
        VERDICT_MAP(X)
#undef X
#define X(name, code, text) {"attempt", code, text},
            ATTEMPT_MAP(X)
#undef X
#define X(name, code, text) {"change", code, text},
                CHANGE_MAP(X)
#undef X
#define X(name, code, text) {"run", code, text},
                    RUN_STATE_MAP(X)
#undef X
#define X(name, code, text) {"shift", code, text},
                        SHIFT_MAP(X)
#undef X
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(words) / sizeof(*words); i++) {
        struct sql q = sql_open(db, "INSERT OR REPLACE INTO word VALUES(?, ?, ?)");
        sql_put_text(&q, words[i].kind);
        sql_put_int(&q, words[i].code);
        sql_put_text(&q, words[i].name);
        rc = sql_run(&q, "writing the names of codes");
    }
    return rc;
}

static const struct db_schema index_schema = {
    .steps = schema_steps,
    .version = &schema_version,
    .mend = "; \"noctule db rebuild\" makes it anew",
};

static int migrate(struct db *db, const struct db_schema *schema) {
    int64_t version = 0, newest = (int64_t)*schema->version;
    char bump[64];
    int rc = db_begin(db);
    if (rc == 0)
        rc = version_of(db, &version);
    for (; rc == 0 && version < newest; version++)
        rc = sql_script(db, schema->steps[version], "making the tables of the index");
    if (rc == 0 && schema == &index_schema)
        rc = write_words(db);
    snprintf(bump, sizeof(bump), "PRAGMA user_version = %d", (int)newest);
    if (rc == 0)
        rc = sql_script(db, bump, "numbering the index");
    if (rc == 0)
        rc = db_commit(db);
    if (rc < 0)
        db_rollback(db);
    return rc;
}

static int check_version(struct db *db, const struct db_schema *schema, int flags) {
    int64_t version = 0, newest = (int64_t)*schema->version;
    int rc = version_of(db, &version);
    if (rc < 0 || version == newest)
        return rc;
    if (version > newest)
        return err_set(ERR_UNSUPPORTED, "%s has schema %lld and this noctule knows %lld%s",
                       db->path, (long long)version, (long long)newest, schema->mend);
    if (flags & DB_READ)
        return err_set(ERR_UNSUPPORTED,
                       "%s has schema %lld, older than %lld; \"noctule db rebuild\" brings it up",
                       db->path, (long long)version, (long long)newest);
    return migrate(db, schema);
}

/* WAL lets readers go on while the sweep writes. NORMAL may lose the last commits in a power cut;
 * the events hold them, and the index remembers how far it has read. */
static int configure(struct db *db, int flags) {
    sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
    if (flags & DB_READ)
        return sql_script(db, "PRAGMA query_only = 1;", "opening the index");
    return sql_script(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
                      "opening the index");
}

static bool may_write(const char *path) {
    char *folder = xstrndup(path, (size_t)(file_base_name(path) - path));
    bool may = access(path, W_OK) == 0 && access(*folder ? folder : ".", W_OK) == 0;
    free(folder);
    return may;
}

/* Of a folder that is somebody else's to write. While a sweep is at work there its WAL lies beside
 * and is read; else nobody changes the file, and only when SQLite is told so it needs no files. */
static int open_foreign(struct db *db) {
    struct buf uri;
    buf_init(&uri, URI_MAX);
    buf_printf(&uri, "%s-wal", db->path);
    bool quiet = !file_exists(uri.data);
    buf_reset(&uri);
    buf_puts(&uri, "file:");
    for (const char *p = db->path; *p; p++)
        if (strchr("?#%", *p))
            buf_printf(&uri, "%%%02x", (unsigned)*p);
        else
            buf_putc(&uri, *p);
    buf_puts(&uri, quiet ? "?immutable=1" : "?mode=ro");
    int opened =
        sqlite3_open_v2(uri.data, &db->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    buf_done(&uri);
    return opened;
}

int db_open(struct db **out, const char *path, int flags) {
    return db_open_schema(out, path, flags, &index_schema);
}

int db_open_schema(struct db **out, const char *path, int flags, const struct db_schema *schema) {
    struct db *db = xcalloc(1, sizeof(*db));
    db->path = xstrdup(path);
    bool memory = strcmp(path, ":memory:") == 0;
    int rc = 0;
    if (!memory && !(flags & DB_CREATE) && !file_exists(path))
        rc = err_set(ERR_NOTFOUND, "there is no index %s; a sweep makes it", path);
    int opened = SQLITE_OK;
    if (rc == 0 && flags & DB_READ && !memory && !may_write(path))
        opened = open_foreign(db);
    else if (rc == 0) /* readers too open for writing: WAL keeps its own files beside */
        opened = sqlite3_open_v2(
            path, &db->handle,
            SQLITE_OPEN_READWRITE | (flags & DB_CREATE || memory ? SQLITE_OPEN_CREATE : 0), NULL);
    if (opened != SQLITE_OK)
        rc = sql_fail(db, opened, "opening the index");
    if (rc == 0)
        rc = configure(db, flags);
    if (rc == 0)
        rc = check_version(db, schema, flags);
    if (rc < 0)
        db_close(db);
    else
        *out = db;
    return rc;
}

void db_close(struct db *db) {
    if (!db)
        return;
    db_rollback(db);
    for (int i = 0; i < db->kept_count; i++)
        sqlite3_finalize(db->kept[i].statement);
    sqlite3_close(db->handle);
    free(db->path);
    free(db);
}

const char *db_path(const struct db *db) {
    return db->path;
}

int db_begin(struct db *db) {
    return sql_script(db, "BEGIN IMMEDIATE", "starting a transaction");
}

int db_commit(struct db *db) {
    return sql_script(db, "COMMIT", "ending a transaction");
}

void db_rollback(struct db *db) {
    if (db->handle && !sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}
