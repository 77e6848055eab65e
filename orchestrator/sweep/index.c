/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/fold.h"
#include "orchestrator/sweep/journal.h"
#include "orchestrator/sweep/order.h"

enum { PATH_BYTES_MAX = 64 << 10 };

int index_open(struct index *ix, struct db *db, const char *name) {
    *ix = (struct index){.db = db};
    arena_init(&ix->arena, 0);
    arena_init(&ix->line, 0);
    int rc = runs_find_name(db, &ix->arena, name, &ix->run);
    if (rc == ERR_NOTFOUND) {
        ix->run = (struct run){.name = arena_strdup(&ix->arena, name)};
        rc = 0;
    }
    if (rc < 0)
        index_close(ix);
    return rc;
}

void index_close(struct index *ix) {
    if (ix->open)
        db_rollback(ix->db);
    arena_done(&ix->line);
    arena_done(&ix->arena);
    *ix = (struct index){0};
}

int index_add(struct index *ix, const char *line, size_t len, int64_t next) {
    int rc = ix->open ? 0 : db_begin(ix->db);
    if (rc < 0)
        return rc;
    ix->open = true;
    arena_reset(&ix->line);
    rc = fold_line(ix, line, len);
    ix->run.indexed_bytes = next;
    return rc;
}

int index_flush(struct index *ix) {
    if (!ix->open)
        return 0;
    int rc = ix->run.id ? runs_update(ix->db, &ix->run) : 0;
    if (rc == 0)
        rc = db_commit(ix->db);
    if (rc < 0)
        db_rollback(ix->db);
    ix->open = false;
    return rc;
}

/* One journal being read. */
struct reading {
    struct index ix;
    const char *path;
    int64_t lines;
};

static int on_line(void *arg, const char *line, size_t len, int64_t next) {
    struct reading *r = arg;
    int rc = index_add(&r->ix, line, len, next);
    if (rc < 0)
        return err_while(rc, "%s, the line that ends at byte %" PRId64, r->path, next);
    r->lines++;
    return 0;
}

static int sync_run(struct db *db, const char *logs, const char *name, int64_t *lines) {
    struct buf path;
    struct reading r = {0};
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s/%s/events.ndjson", logs, name);
    r.path = path.data;
    int rc = index_open(&r.ix, db, name);
    if (rc == 0)
        rc = journal_read(path.data, r.ix.run.indexed_bytes, on_line, &r);
    if (rc == 0)
        rc = index_flush(&r.ix);
    if (r.ix.db)
        index_close(&r.ix);
    *lines += r.lines;
    buf_done(&path);
    return rc;
}

static int sync_all(struct db *db, const char *logs, int64_t *runs, int64_t *lines) {
    struct order order;
    int rc = order_read(&order, logs);
    for (size_t i = 0; rc == 0 && i < order.len; i++) {
        rc = sync_run(db, logs, order.names[i], lines);
        *runs += rc == 0;
    }
    order_done(&order);
    return rc;
}

int index_sync(struct db *db, const char *logs, int64_t *lines) {
    int64_t runs = 0;
    *lines = 0;
    return sync_all(db, logs, &runs, lines);
}

/* The files that SQLite keeps beside its own; gone once it was closed in order. */
static void remove_index(const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct buf name;
    buf_init(&name, PATH_BYTES_MAX);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
        buf_reset(&name);
        buf_printf(&name, "%s%s", path, suffixes[i]);
        (void)unlink(name.data);
    }
    buf_done(&name);
}

int index_rebuild(const char *path, const char *logs, int64_t *runs, int64_t *lines) {
    struct buf fresh;
    struct db *db = NULL;
    *runs = *lines = 0;
    buf_init(&fresh, PATH_BYTES_MAX);
    buf_printf(&fresh, "%s.new", path);
    remove_index(fresh.data);
    int rc = db_open(&db, fresh.data, DB_CREATE);
    if (rc == 0)
        rc = sync_all(db, logs, runs, lines);
    db_close(db);
    if (rc == 0) {
        remove_index(path); /* with its WAL, which must not be applied to the new file */
        if (rename(fresh.data, path) != 0)
            rc = err_errno(ERR_IO, "cannot replace %s", path);
    } else {
        remove_index(fresh.data);
    }
    buf_done(&fresh);
    return rc;
}
