/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/runs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/store/sql.h"

#define COLUMNS                                                                             \
    "id, name, subject, state, commit_, tree, branch, dirty, build_sha256, config_sha256,"  \
    " scope, program, environment, reference, started_ms, finished_ms, active_ms, planned," \
    " recorded, workers, indexed_bytes, ledger"

enum { RUNS_MAX = 1000000 };

const char *run_state_name(enum run_state s) {
    switch (s) {
#define X(name, code, text) \
    case RUN_##name:        \
        return text;
        RUN_STATE_MAP(X)
#undef X
    }
    return "";
}

static struct run read_row(struct sql *q, struct arena *arena) {
    struct run r = {.id = sql_int(q)};
    r.name = sql_text(q, arena);
    r.subject = sql_text(q, arena);
    r.state = (enum run_state)sql_int(q);
    r.commit = sql_text(q, arena);
    r.tree = sql_text(q, arena);
    r.branch = sql_text(q, arena);
    r.dirty = sql_int(q) != 0;
    r.build_sha256 = sql_text(q, arena);
    r.config_sha256 = sql_text(q, arena);
    r.scope = sql_text(q, arena);
    r.program = sql_text(q, arena);
    r.environment = sql_int(q);
    r.reference = sql_int(q);
    r.started_ms = sql_int(q);
    r.finished_ms = sql_int(q);
    r.active_ms = sql_int(q);
    r.planned = sql_int(q);
    r.recorded = sql_int(q);
    r.workers = sql_int(q);
    r.indexed_bytes = sql_int(q);
    r.ledger = sql_int(q) != 0;
    return r;
}

static int64_t count_runs(struct db *db, const char *subject) {
    struct sql q = sql_open(db, "SELECT count(*) FROM run WHERE ?1 = '' OR subject = ?1");
    sql_put_text(&q, subject);
    int64_t count = sql_row(&q) ? sql_int(&q) : 0;
    return sql_close(&q, "counting runs") < 0 ? -1 : count;
}

int runs_list(struct db *db, struct arena *arena, const char *subject, size_t limit,
              struct run **out, size_t *len) {
    int64_t there = count_runs(db, subject);
    if (there < 0)
        return ERR_IO;
    size_t room = limit && limit < (size_t)there ? limit : (size_t)there;
    struct run *rows = arena_array(arena, room, sizeof(*rows));
    size_t n = 0;
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE ?1 = '' OR subject = ?1"
                                " ORDER BY id DESC LIMIT ?2");
    sql_put_text(&q, subject);
    sql_put_int(&q, (int64_t)room);
    while (n < room && sql_row(&q))
        rows[n++] = read_row(&q, arena);
    *out = rows;
    *len = n;
    return sql_close(&q, "listing runs");
}

/* The one row of a query that is ready, or ERR_NOTFOUND with the sentence already set. */
static int only_row(struct sql *q, struct arena *arena, struct run *out) {
    bool found = sql_row(q);
    if (found)
        *out = read_row(q, arena);
    int rc = sql_close(q, "reading a run");
    return rc < 0 ? rc : found ? 0 : ERR_NOTFOUND;
}

int runs_get(struct db *db, struct arena *arena, int64_t id, struct run *out) {
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE id = ?");
    sql_put_int(&q, id);
    int rc = only_row(&q, arena, out);
    return rc == ERR_NOTFOUND ? err_set(rc, "there is no run %" PRId64, id) : rc;
}

int runs_find_name(struct db *db, struct arena *arena, const char *name, struct run *out) {
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE name = ?");
    sql_put_text(&q, name);
    int rc = only_row(&q, arena, out);
    return rc == ERR_NOTFOUND ? err_set(rc, "there is no run \"%s\"", name) : rc;
}

static int find_last(struct db *db, struct arena *arena, const char *word, struct run *out) {
    int64_t back = 0;
    if (word[4]) {
        char *end;
        back = word[4] == '~' ? strtoll(word + 5, &end, 10) : -1;
        if (back < 0 || back > RUNS_MAX || end == word + 5 || *end)
            return err_set(ERR_ARG, "\"%s\": write last, last~1, last~2 …", word);
    }
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE state = 2"
                                " ORDER BY id DESC LIMIT 1 OFFSET ?");
    sql_put_int(&q, back);
    int rc = only_row(&q, arena, out);
    return rc == ERR_NOTFOUND ? err_set(rc, "there is no finished run \"%s\"", word) : rc;
}

static int find_beginning(struct db *db, struct arena *arena, const char *word, struct run *out) {
    struct run other;
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE substr(name, 1, length(?1)) = ?1"
                                " ORDER BY name = ?1 DESC, id LIMIT 2");
    sql_put_text(&q, word);
    bool found = sql_row(&q), exact = false, two = false;
    if (found) {
        *out = read_row(&q, arena);
        exact = strcmp(out->name, word) == 0;
        two = !exact && sql_row(&q);
        if (two)
            other = read_row(&q, arena);
    }
    int rc = sql_close(&q, "looking for run %s", word);
    if (rc == 0 && two)
        return err_set(ERR_NOTNOW, "\"%s\" begins both %s and %s", word, out->name, other.name);
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "there is no run \"%s\"", word);
}

int runs_find(struct db *db, struct arena *arena, const char *word, struct run *out) {
    if (strncmp(word, "last", 4) == 0)
        return find_last(db, arena, word, out);
    char *end;
    long long id = strtoll(word, &end, 10);
    if (*word && !*end && id > 0 && id <= RUNS_MAX)
        return runs_get(db, arena, id, out);
    return find_beginning(db, arena, word, out);
}

int runs_reference(struct db *db, struct arena *arena, const char *subject, const char *scope,
                   int64_t before, struct run *out) {
    struct sql q = sql_open(db, "SELECT " COLUMNS " FROM run WHERE state = 2 AND subject = ?"
                                " AND scope IN ('', ?) AND (?3 = 0 OR id < ?3)"
                                " ORDER BY id DESC LIMIT 1");
    sql_put_text(&q, subject);
    sql_put_text(&q, scope);
    sql_put_int(&q, before);
    int rc = only_row(&q, arena, out);
    return rc == ERR_NOTFOUND ? err_set(rc, "no finished run of %s to compare with", subject) : rc;
}

int runs_environment(struct db *db, struct arena *arena, int64_t id, struct environment *out) {
    struct sql q = sql_open(db, "SELECT hash, os, kernel, cpu, compiler, libc, cores, memory_kib"
                                " FROM environment WHERE id = ?");
    sql_put_int(&q, id);
    bool found = sql_row(&q);
    if (found) {
        out->id = id;
        out->hash = sql_text(&q, arena);
        out->os = sql_text(&q, arena);
        out->kernel = sql_text(&q, arena);
        out->cpu = sql_text(&q, arena);
        out->compiler = sql_text(&q, arena);
        out->libc = sql_text(&q, arena);
        out->cores = sql_int(&q);
        out->memory_kib = sql_int(&q);
    }
    int rc = sql_close(&q, "reading an environment");
    return rc < 0 || found ? rc : err_set(ERR_NOTFOUND, "there is no environment %" PRId64, id);
}

/* Every column but id, name and recorded, from parameter 1 on. */
static void put_columns(struct sql *q, const struct run *r) {
    sql_put_text(q, r->subject);
    sql_put_int(q, r->state);
    sql_put_text(q, r->commit);
    sql_put_text(q, r->tree);
    sql_put_text(q, r->branch);
    sql_put_int(q, r->dirty);
    sql_put_text(q, r->build_sha256);
    sql_put_text(q, r->config_sha256);
    sql_put_text(q, r->scope);
    sql_put_text(q, r->program);
    sql_put_int(q, r->environment);
    sql_put_int(q, r->reference);
    sql_put_int(q, r->started_ms);
    sql_put_int(q, r->finished_ms);
    sql_put_int(q, r->active_ms);
    sql_put_int(q, r->planned);
    sql_put_int(q, r->workers);
    sql_put_int(q, r->indexed_bytes);
    sql_put_int(q, r->ledger);
}

int runs_add(struct db *db, const struct run *run, int64_t *id) {
    struct sql q = sql_open(db, "INSERT INTO run VALUES((SELECT coalesce(max(id), 0) + 1 FROM run),"
                                " ?20, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
                                " ?14, ?15, ?16, 0, ?17, ?18, ?19)");
    put_columns(&q, run);
    sql_put_text(&q, run->name);
    int rc = sql_run(&q, "adding a run");
    if (rc == 0)
        *id = sql_last_id(db);
    return rc;
}

int runs_update(struct db *db, const struct run *run) {
    struct sql q =
        sql_open(db, "UPDATE run SET subject = ?1, state = ?2, commit_ = ?3, tree = ?4,"
                     " branch = ?5, dirty = ?6, build_sha256 = ?7, config_sha256 = ?8, scope = ?9,"
                     " program = ?10, environment = ?11, reference = ?12, started_ms = ?13,"
                     " finished_ms = ?14, active_ms = ?15, planned = ?16,"
                     " workers = ?17, indexed_bytes = ?18, ledger = ?19 WHERE id = ?20");
    put_columns(&q, run);
    sql_put_int(&q, run->id);
    return sql_run(&q, "updating a run");
}

int runs_add_environment(struct db *db, const struct environment *env, int64_t *id) {
    struct sql q = sql_open(db, "INSERT OR IGNORE INTO environment VALUES("
                                "(SELECT coalesce(max(id), 0) + 1 FROM environment),"
                                " ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_text(&q, env->hash);
    sql_put_text(&q, env->os);
    sql_put_text(&q, env->kernel);
    sql_put_text(&q, env->cpu);
    sql_put_int(&q, env->cores);
    sql_put_int(&q, env->memory_kib);
    sql_put_text(&q, env->compiler);
    sql_put_text(&q, env->libc);
    int rc = sql_run(&q, "adding an environment");
    if (rc < 0)
        return rc;
    struct sql found = sql_open(db, "SELECT id FROM environment WHERE hash = ?");
    sql_put_text(&found, env->hash);
    if (sql_row(&found))
        *id = sql_int(&found);
    return sql_close(&found, "reading an environment");
}
