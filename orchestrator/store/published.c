/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/published.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/sql.h"

static const char commits_and_leases[] =
    "CREATE TABLE seen(id TEXT PRIMARY KEY, shared INTEGER NOT NULL, remote TEXT NOT NULL,"
    "  ref TEXT NOT NULL, seen_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE tip(id TEXT PRIMARY KEY, shared INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE lease(remote TEXT NOT NULL, ref TEXT NOT NULL, id TEXT NOT NULL,"
    "  verified_ms INTEGER NOT NULL, PRIMARY KEY(remote, ref)) WITHOUT ROWID;"
    "CREATE TABLE own(remote TEXT NOT NULL, ref TEXT NOT NULL, made_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(remote, ref)) WITHOUT ROWID;";

static const char *const steps[] = {commits_and_leases};
static const size_t version = sizeof(steps) / sizeof(*steps);
static const struct db_schema schema = {.steps = steps, .version = &version, .mend = ""};

int published_open(struct db **out, const char *path) {
    return db_open_schema(out, path, DB_CREATE, &schema);
}

int published_open_read(struct db **out, const char *path) {
    return db_open_schema(out, path, DB_READ, &schema);
}

int published_find(struct db *db, struct arena *arena, const char *id,
                   struct published_commit *out) {
    struct sql q = sql_open(db, "SELECT shared, remote, ref, seen_ms FROM seen WHERE id = ?");
    *out = (struct published_commit){.remote = "", .ref = ""};
    sql_put_text(&q, id);
    if (sql_row(&q)) {
        out->known = true;
        out->shared = sql_int(&q) != 0;
        out->remote = sql_text(&q, arena);
        out->ref = sql_text(&q, arena);
        out->seen_ms = sql_int(&q);
    }
    return sql_close(&q, "looking whether a commit is published");
}

int published_put(struct db *db, const char *id, bool shared, const char *remote, const char *ref,
                  int64_t now_ms) {
    struct sql q = sql_open(db, "INSERT INTO seen VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE"
                                " SET shared = max(shared, excluded.shared)");
    sql_put_text(&q, id);
    sql_put_int(&q, shared);
    sql_put_text(&q, remote);
    sql_put_text(&q, ref);
    sql_put_int(&q, now_ms);
    return sql_run(&q, "noting a published commit");
}

/* The first column of each row. */
static void read_words(struct sql *q, struct arena *arena, const char *const **out, size_t *len) {
    const char **words = NULL;
    size_t room = 0;
    *len = 0;
    while (sql_row(q)) {
        if (*len == room) {
            const char **larger = arena_array(arena, room = room ? 2 * room : 64, sizeof(*words));
            if (*len)
                memcpy(larger, words, *len * sizeof(*words));
            words = larger;
        }
        words[(*len)++] = sql_text(q, arena);
    }
    *out = words;
}

int published_tips(struct db *db, struct arena *arena, bool shared, const char *const **out,
                   size_t *len) {
    struct sql q = sql_open(db, "SELECT id FROM tip WHERE shared >= ? ORDER BY id");
    sql_put_int(&q, shared);
    read_words(&q, arena, out, len);
    return sql_close(&q, "listing published tips");
}

int published_leased(struct db *db, struct arena *arena, const char *remote,
                     const char *const **refs, size_t *len) {
    struct sql q = sql_open(db, "SELECT ref FROM lease WHERE remote = ? AND id <> '' ORDER BY ref");
    sql_put_text(&q, remote);
    read_words(&q, arena, refs, len);
    return sql_close(&q, "listing leases");
}

int published_put_tip(struct db *db, const char *id, bool shared) {
    struct sql q = sql_open(db, "INSERT INTO tip VALUES(?, ?) ON CONFLICT(id) DO UPDATE"
                                " SET shared = max(shared, excluded.shared)");
    sql_put_text(&q, id);
    sql_put_int(&q, shared);
    return sql_run(&q, "noting a published tip");
}

int published_lease(struct db *db, const char *remote, const char *ref, char id[PUBLISHED_ID_SIZE],
                    bool *known) {
    struct sql q = sql_open(db, "SELECT id FROM lease WHERE remote = ? AND ref = ?");
    struct arena arena;
    arena_init(&arena, 0);
    *known = false;
    id[0] = '\0';
    sql_put_text(&q, remote);
    sql_put_text(&q, ref);
    if (sql_row(&q)) {
        *known = true;
        snprintf(id, PUBLISHED_ID_SIZE, "%s", sql_text(&q, &arena));
    }
    arena_done(&arena);
    return sql_close(&q, "reading the lease of %s", ref);
}

int published_put_lease(struct db *db, const char *remote, const char *ref, const char *id,
                        int64_t now_ms) {
    struct sql q = sql_open(db, "INSERT OR REPLACE INTO lease VALUES(?, ?, ?, ?)");
    sql_put_text(&q, remote);
    sql_put_text(&q, ref);
    sql_put_text(&q, id);
    sql_put_int(&q, now_ms);
    return sql_run(&q, "noting a lease");
}

int published_is_own(struct db *db, const char *remote, const char *ref, bool *own) {
    struct sql q = sql_open(db, "SELECT 1 FROM own WHERE remote = ? AND ref = ?");
    sql_put_text(&q, remote);
    sql_put_text(&q, ref);
    *own = sql_row(&q);
    return sql_close(&q, "looking whose branch %s is", ref);
}

int published_put_own(struct db *db, const char *remote, const char *ref, int64_t now_ms) {
    struct sql q = sql_open(db, "INSERT OR IGNORE INTO own VALUES(?, ?, ?)");
    sql_put_text(&q, remote);
    sql_put_text(&q, ref);
    sql_put_int(&q, now_ms);
    return sql_run(&q, "noting a branch of ours");
}
