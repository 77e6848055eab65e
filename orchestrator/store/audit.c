/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/sql.h"

#define FIRST "none"

static const char entries[] =
    "CREATE TABLE entry(n INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, actor TEXT NOT NULL,"
    "  event TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL,"
    "  hash TEXT NOT NULL UNIQUE);"
    "CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN"
    "  SELECT raise(ABORT, 'an entry of the audit is never changed'); END;"
    "CREATE TRIGGER entry_remains BEFORE DELETE ON entry BEGIN"
    "  SELECT raise(ABORT, 'an entry of the audit is never removed'); END;";

static const char *const steps[] = {entries};
static const size_t version = sizeof(steps) / sizeof(*steps);
static const struct db_schema schema = {.steps = steps, .version = &version, .mend = ""};

struct audit {
    char *path; /* of the lines */
    struct db *db;
    struct audit_entry head; /* texts empty; number 0 when there is none */
    int64_t size;            /* bytes of the lines that are entries */
};

/* ---- an entry as a line ---- */

static void hash_entry(struct audit_entry *e) {
    char figures[64];
    struct hash *h = hash_new();
    int n = snprintf(figures, sizeof(figures), "%lld %lld", (long long)e->number,
                     (long long)e->time_ms);
    hash_add(h, figures, (size_t)n + 1);
    hash_add(h, e->actor, strlen(e->actor) + 1);
    hash_add(h, e->event, strlen(e->event) + 1);
    hash_add(h, e->detail, strlen(e->detail) + 1);
    hash_add(h, e->previous, strlen(e->previous) + 1);
    hash_finish(h, e->hash);
}

static void write_line(struct buf *out, const struct audit_entry *e) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_int(&w, "n", e->number);
    json_put_int(&w, "time_ms", e->time_ms);
    json_put_str(&w, "actor", e->actor);
    json_put_str(&w, "event", e->event);
    json_put_str(&w, "detail", e->detail);
    json_put_str(&w, "previous", e->previous);
    json_put_str(&w, "hash", e->hash);
    json_close_object(&w);
    buf_putc(out, '\n');
}

/* Texts live in the arena. */
static int read_line(struct audit_entry *e, struct arena *arena, const char *line, size_t len,
                     const char *path) {
    struct json_doc *doc = NULL;
    const char *previous = "", *hash = "";
    *e = (struct audit_entry){.actor = "", .event = "", .detail = ""};
    int rc = json_parse(&doc, line, len, path, 0);
    struct json root = json_root(doc);
    if (rc == 0)
        rc = json_int(root, "n", 1, INT64_MAX / 2, &e->number);
    if (rc == 0)
        rc = json_int(root, "time_ms", 0, INT64_MAX / 2, &e->time_ms);
    if (rc == 0)
        rc = json_str(root, "actor", &e->actor);
    if (rc == 0)
        rc = json_str(root, "event", &e->event);
    if (rc == 0)
        rc = json_str(root, "detail", &e->detail);
    if (rc == 0)
        rc = json_str(root, "previous", &previous);
    if (rc == 0)
        rc = json_str(root, "hash", &hash);
    if (rc == 0) {
        (void)snprintf(e->previous, sizeof(e->previous), "%s", previous);
        (void)snprintf(e->hash, sizeof(e->hash), "%s", hash);
        e->actor = arena_strdup(arena, e->actor);
        e->event = arena_strdup(arena, e->event);
        e->detail = arena_strdup(arena, e->detail);
    }
    json_free(doc);
    return rc;
}

/* What is wrong with e behind head, or NULL. */
static const char *fault_of(const struct audit_entry *head, const struct audit_entry *e) {
    struct audit_entry again = *e;
    hash_entry(&again);
    if (strcmp(again.hash, e->hash) != 0)
        return "it was changed after it was written";
    if (e->number != head->number + 1)
        return "an entry before it is missing";
    return strcmp(e->previous, head->number ? head->hash : FIRST) == 0
               ? NULL
               : "it does not follow the entry before it";
}

/* ---- both files ---- */

typedef int entry_fn(void *arg, const struct audit_entry *e);

/* Each entry in turn; *size is where the last whole line ends. */
static int each_line(const char *path, struct audit_entry *head, int64_t *size, struct buf *faults,
                     int64_t *count, entry_fn *fn, void *arg) {
    struct file f;
    struct arena arena;
    int rc = file_read(&f, path, AUDIT_FILE_MAX);
    *size = 0;
    if (rc < 0)
        return rc;
    arena_init(&arena, 0);
    const char *text = (const char *)f.data;
    for (size_t at = 0; rc == 0 && at < f.size;) {
        struct audit_entry e;
        const char *newline = memchr(text + at, '\n', f.size - at);
        if (!newline)
            break;
        size_t end = (size_t)(newline - text);
        arena_reset(&arena);
        const char *fault = read_line(&e, &arena, text + at, end - at, path) < 0
                                ? "it is no entry"
                                : fault_of(head, &e);
        if (fault) {
            buf_printf(faults, "%s, byte %zu: %s\n", path, at, fault);
            ++*count;
            break; /* what follows hangs on it */
        }
        *head = e;
        rc = fn ? fn(arg, &e) : 0;
        head->actor = head->event = head->detail = "";
        at = end + 1;
        *size = (int64_t)at;
    }
    arena_done(&arena);
    file_done(&f);
    return rc;
}

static int put_row(struct db *db, const struct audit_entry *e) {
    struct sql q = sql_open(db, "INSERT OR IGNORE INTO entry VALUES(?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, e->number);
    sql_put_int(&q, e->time_ms);
    sql_put_text(&q, e->actor);
    sql_put_text(&q, e->event);
    sql_put_text(&q, e->detail);
    sql_put_text(&q, e->previous);
    sql_put_text(&q, e->hash);
    return sql_run(&q, "adding to the audit");
}

static int read_newest(struct db *db, int64_t *number) {
    struct sql q = sql_open(db, "SELECT coalesce(max(n), 0) FROM entry");
    if (sql_row(&q))
        *number = sql_int(&q);
    return sql_close(&q, "reading the audit");
}

struct catch_up {
    struct db *db;
    int64_t known;
};

static int catch_up(void *arg, const struct audit_entry *e) {
    const struct catch_up *c = arg;
    return e->number > c->known ? put_row(c->db, e) : 0;
}

/* From the lines: who died in between left them ahead of the rows. */
static int load(struct audit *a) {
    struct catch_up c = {.db = a->db};
    struct buf faults;
    int64_t count = 0;
    memset(&a->head, 0, sizeof(a->head));
    buf_init(&faults, 1 << 16);
    int rc = read_newest(a->db, &c.known);
    if (rc == 0)
        rc = each_line(a->path, &a->head, &a->size, &faults, &count, catch_up, &c);
    if (rc == ERR_NOTFOUND)
        rc = 0;
    if (rc == 0 && count)
        rc = err_set(ERR_FORMAT, "the audit is broken: %.*s", (int)strcspn(faults.data, "\n"),
                     faults.data);
    if (rc == 0 && c.known > a->head.number)
        rc = err_set(ERR_FORMAT, "the audit is broken: %s lost entries", a->path);
    buf_done(&faults);
    return rc;
}

int audit_open(struct audit **out, const char *logs) {
    struct audit *a = xcalloc(1, sizeof(*a));
    struct buf b;
    int rc = file_make_dirs(logs);
    buf_init(&b, 1 << 16);
    a->path = xstrdup(file_join(&b, logs, "audit.ndjson"));
    buf_reset(&b);
    if (rc == 0)
        rc = db_open_schema(&a->db, file_join(&b, logs, "audit.db"), DB_CREATE, &schema);
    buf_done(&b);
    if (rc == 0)
        rc = db_begin(a->db);
    if (rc == 0)
        rc = load(a);
    if (rc == 0)
        rc = db_commit(a->db);
    if (rc < 0)
        audit_close(a);
    else
        *out = a;
    return rc;
}

void audit_close(struct audit *a) {
    if (!a)
        return;
    db_close(a->db);
    free(a->path);
    free(a);
}

/* Behind the last whole line, and on the disk. */
static int append(struct audit *a, const struct buf *line) {
    int fd = open(a->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), rc = 0;
    if (fd < 0 || ftruncate(fd, a->size) != 0 || lseek(fd, a->size, SEEK_SET) != a->size)
        rc = err_errno(ERR_IO, "cannot write %s", a->path);
    for (size_t done = 0; rc == 0 && done < line->len;) {
        ssize_t n = write(fd, line->data + done, line->len - done);
        if (n < 0 && errno != EINTR)
            rc = err_errno(ERR_IO, "cannot write %s", a->path);
        done += n > 0 ? (size_t)n : 0;
    }
    if (rc == 0 && fdatasync(fd) != 0)
        rc = err_errno(ERR_IO, "cannot sync %s", a->path);
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        a->size += (int64_t)line->len;
    return rc;
}

int audit_add(struct audit *a, const char *actor, const char *event, const char *detail,
              char head[HASH_HEX_SIZE]) {
    struct buf line;
    int rc = db_begin(a->db); /* one writer at a time, who sees what others added */
    if (rc == 0)
        rc = load(a);
    struct audit_entry e = {.number = a->head.number + 1,
                            .time_ms = clock_wall_ms(),
                            .actor = actor,
                            .event = event,
                            .detail = detail};
    (void)snprintf(e.previous, sizeof(e.previous), "%s", a->head.number ? a->head.hash : FIRST);
    hash_entry(&e);
    buf_init(&line, AUDIT_DETAIL_MAX);
    write_line(&line, &e);
    if (rc == 0)
        rc = buf_ok(&line, "an entry of the audit");
    if (rc == 0)
        rc = append(a, &line);
    if (rc == 0)
        rc = put_row(a->db, &e);
    if (rc == 0)
        rc = db_commit(a->db);
    if (rc < 0)
        db_rollback(a->db);
    else if (head)
        memcpy(head, e.hash, HASH_HEX_SIZE);
    buf_done(&line);
    return rc;
}

/* The rows repeat the lines. */
struct compare {
    struct db *db;
    struct buf *faults;
    int64_t count;
};

static int compare(void *arg, const struct audit_entry *e) {
    struct compare *c = arg;
    struct sql q = sql_open(c->db, "SELECT count(*) FROM entry WHERE n = ? AND time_ms = ? AND"
                                   " actor = ? AND event = ? AND detail = ? AND previous = ? AND"
                                   " hash = ?");
    bool same = false;
    sql_put_int(&q, e->number);
    sql_put_int(&q, e->time_ms);
    sql_put_text(&q, e->actor);
    sql_put_text(&q, e->event);
    sql_put_text(&q, e->detail);
    sql_put_text(&q, e->previous);
    sql_put_text(&q, e->hash);
    if (sql_row(&q))
        same = sql_int(&q) == 1;
    int rc = sql_close(&q, "reading the audit");
    if (rc == 0 && !same) {
        buf_printf(c->faults, "%s: entry %lld is not that of the lines\n", db_path(c->db),
                   (long long)e->number);
        c->count++;
    }
    return rc;
}

int audit_verify(const char *logs, struct audit_report *out, struct buf *faults) {
    struct buf path;
    struct compare c = {.faults = faults};
    struct audit_entry head = {.number = 0};
    int64_t size, newest = 0;
    memset(out, 0, sizeof(*out));
    buf_init(&path, 1 << 16);
    int rc = db_open_schema(&c.db, file_join(&path, logs, "audit.db"), DB_READ, &schema);
    buf_reset(&path);
    if (rc == 0)
        rc = each_line(file_join(&path, logs, "audit.ndjson"), &head, &size, faults, &out->faults,
                       compare, &c);
    if (rc == 0)
        rc = read_newest(c.db, &newest);
    if (rc == 0 && newest > head.number) {
        buf_printf(faults, "%s: entries up to %lld are only in the rows\n", path.data,
                   (long long)newest);
        out->faults++;
    }
    out->faults += c.count;
    out->entries = head.number;
    memcpy(out->head, head.number ? head.hash : FIRST, head.number ? HASH_HEX_SIZE : sizeof(FIRST));
    db_close(c.db);
    buf_done(&path);
    return rc;
}
