/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/proof/fields.h"
#include "orchestrator/store/mends.h"

#define TEXT FIELDS_TEXT
#define HEX  FIELDS_HEX
#define INT  FIELDS_INT

enum {
    INDENT = 2,
    TREE = REPO_HEX_SIZE - 1,
    SHA = HASH_HEX_SIZE - 1,
    CAUSE = 32,
    V1 = FIX_RECORD_SCHEMA,
    LONG = PROOF_TEXT_MAX,
    PATHS = PROOF_PATHS_MAX,
    SOME = PROOF_CASES_MAX,
    IDS = PROOF_ID_MAX,
    NUMBERS = INT32_MAX,
};
#define TIME      INT64_C(253402300799999) /* the end of the year 9999 */
#define AT(field) offsetof(struct fix_record, field)
#define OF(field) offsetof(struct proof_name, field)

/* clang-format off */
static const struct fields_row case_rows[] = {
    {"",   "cell", TEXT, OF(cell), 1, LONG, 0, NULL},
    {"",   "case", TEXT, OF(name), 1, LONG, 0, NULL},
    {NULL, NULL,   TEXT, 0,        0, 0,    0, NULL},
};
static const struct fields case_fields = {sizeof(struct proof_name), case_rows};

static const struct fields_row rows[] = {
    {"",   "schema",       INT,         AT(schema),       V1,    V1,      0,              NULL},
    {"",   "id",           FIELDS_ID,   AT(id),           1,     IDS,     0,              NULL},
    {"",   "cluster",      HEX,         AT(cluster),      CAUSE, CAUSE,   0,              NULL},
    {"",   "words",        TEXT,        AT(words),        0,     LONG,    0,              NULL},
    {"",   "subject",      TEXT,        AT(subject),      1,     LONG,    0,              NULL},
    {"",   "base",         HEX,         AT(base),         0,     TREE,    0,              NULL},
    {"",   "tree",         HEX,         AT(tree),         0,     TREE,    0,              NULL},
    {"",   "commit",       HEX,         AT(commit),       0,     TREE,    0,              NULL},
    {"",   "state",        TEXT,        AT(state),        1,     LONG,    0,              NULL},
    {"",   "outcome",      TEXT,        AT(outcome),      0,     LONG,    0,              NULL},
    {"",   "reason",       TEXT,        AT(reason),       0,     LONG,    0,              NULL},
    {"",   "role",         TEXT,        AT(role),         0,     LONG,    0,              NULL},
    {"",   "driver",       TEXT,        AT(driver),       0,     LONG,    0,              NULL},
    {"",   "culprit",      HEX,         AT(culprit),      0,     TREE,    0,              NULL},
    {"",   "begun_ms",     INT,         AT(begun_ms),     0,     TIME,    0,              NULL},
    {"",   "ended_ms",     INT,         AT(ended_ms),     0,     TIME,    0,              NULL},
    {"pr", "",             FIELDS_NULL, AT(url),          0,     0,       0,              NULL},
    {"pr", "number",       INT,         AT(number),       0,     NUMBERS, 0,              NULL},
    {"pr", "url",          TEXT,        AT(url),          1,     LONG,    0,              NULL},
    {"",   "proof_sha256", HEX,         AT(proof_sha256), 0,     SHA,     0,              NULL},
    {"",   "paths",        FIELDS_LIST, AT(paths),        0,     PATHS,   AT(path_count), NULL},
    {"",   "cases",        FIELDS_ROWS, AT(cases),        0,     SOME,    AT(case_count), &case_fields},
    {NULL, NULL,           TEXT,        0,                0,     0,       0,              NULL},
};
/* clang-format on */
static const struct fields fields = {sizeof(struct fix_record), rows};

static int check(const struct fix_record *r, struct json at) {
    bool running = strcmp(r->state, "running") == 0;
    if (!running && strcmp(r->state, "ended") != 0)
        return json_fail(json_get(at, "state"), "expected running or ended");
    if (*r->url && !mends_is_url(r->url)) /* it becomes a link on a page */
        return json_fail(json_get(at, "pr.url"), "it is no address of the web");
    return 0;
}

int fix_record_read(struct fix_record *out, struct arena *arena, const char *text, size_t len,
                    const char *name) {
    struct fix_record r = {.schema = 0};
    struct json_doc *doc;
    if (len > FIX_RECORD_FILE_MAX)
        return err_set(ERR_LIMIT, "%s: it has more than %d bytes", name, FIX_RECORD_FILE_MAX);
    int rc = json_parse(&doc, text, len, name, 0);
    if (rc < 0)
        return rc;
    rc = fields_read(&fields, &r, arena, json_root(doc));
    if (rc == 0)
        rc = check(&r, json_root(doc));
    json_free(doc);
    if (rc == 0)
        *out = r;
    return rc;
}

static const char *path_in(struct buf *path, const char *folder) {
    buf_init(path, 64 << 10);
    return file_join(path, folder, "fix.json");
}

int fix_record_load(struct fix_record *out, struct arena *arena, const char *folder) {
    struct file file = {0};
    struct buf path;
    const char *name = path_in(&path, folder);
    int rc = file_read(&file, name, FIX_RECORD_FILE_MAX);
    if (rc == 0)
        rc = fix_record_read(out, arena, (const char *)file.data, file.size, name);
    file_done(&file);
    buf_done(&path);
    return rc;
}

void fix_record_put(struct json_writer *w, const struct fix_record *r) {
    struct fix_record now = *r;
    now.schema = FIX_RECORD_SCHEMA;
    (void)fields_put(w, &fields, &now); /* nothing in it can be malformed */
}

static int put_all(struct buf *text, const struct fix_record *r) {
    struct fix_record back;
    struct json_writer w;
    struct arena arena;
    json_writer_init(&w, text, INDENT);
    json_open_object(&w, NULL);
    fix_record_put(&w, r);
    json_close_object(&w);
    buf_putc(text, '\n');
    int rc = buf_ok(text, "the record of a fix");
    arena_init(&arena, 0);
    if (rc == 0) /* what cannot be read is better not there */
        rc = fix_record_read(&back, &arena, text->data, text->len, "the record of a fix");
    arena_done(&arena);
    return rc;
}

int fix_record_write(const struct fix_record *r, const char *folder) {
    struct buf text, path;
    const char *name = path_in(&path, folder);
    buf_init(&text, FIX_RECORD_FILE_MAX);
    int rc = put_all(&text, r);
    if (rc == 0)
        rc = file_replace(name, text.data, text.len);
    buf_done(&text);
    buf_done(&path);
    return rc;
}

static int newest_first(const void *a, const void *b) {
    const struct fix_record *x = a, *y = b;
    if (x->begun_ms != y->begun_ms)
        return x->begun_ms < y->begun_ms ? 1 : -1;
    return strcmp(y->id, x->id);
}

/* The record of one folder; a folder that has none is not one of ours, nor is a file (STOP). */
static bool take(struct fix_record *out, struct arena *arena, const char *folder,
                 const char *name) {
    const char *path = arena_printf(arena, "%s/%s", folder, name);
    if (!file_is_dir(path))
        return false;
    int rc = fix_record_load(out, arena, path);
    if (rc == 0 && strcmp(out->id, name) == 0)
        return true;
    if (rc == 0)
        log_warn("%s/%s/fix.json: it is about the fix %s", folder, name, out->id);
    else if (rc != ERR_NOTFOUND)
        log_warn("%s", err_text());
    return false;
}

int fix_records_list(const char *logs, struct arena *arena, struct fix_record **out, size_t *len) {
    const char *folder = arena_printf(arena, "%s/fix", logs);
    struct fix_record *list = NULL;
    size_t n = 0, cap = 0;
    const struct dirent *entry;
    DIR *dir = opendir(folder);
    if (!dir && errno != ENOENT)
        return err_errno(ERR_IO, "cannot read the folder %s", folder);
    while (dir && n < FIX_RECORDS_MAX && (entry = readdir(dir)) != NULL) {
        if (n == cap) {
            cap = cap ? cap * 2 : 16;
            list = xrealloc(list, cap * sizeof(*list));
        }
        n += entry->d_name[0] != '.' && take(&list[n], arena, folder, entry->d_name);
    }
    if (dir)
        (void)closedir(dir);
    *out = arena_array(arena, n + 1, sizeof(**out));
    if (n)
        memcpy(*out, list, n * sizeof(*list));
    if (n)
        qsort(*out, n, sizeof(**out), newest_first);
    *len = n;
    free(list);
    return 0;
}

size_t fix_records_of(struct fix_record *list, size_t len, const char *cluster) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        if (strcmp(list[i].cluster, cluster) == 0)
            list[n++] = list[i];
    return n;
}
