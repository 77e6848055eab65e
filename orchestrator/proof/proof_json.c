/* SPDX-License-Identifier: Apache-2.0 */
/* proof.json, written and read. */
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/proc/pack.h"
#include "orchestrator/proof/fields.h"
#include "orchestrator/proof/proof.h"

#define TEXT  FIELDS_TEXT
#define PATH  FIELDS_PATH
#define ID    FIELDS_ID
#define HEX   FIELDS_HEX
#define INT   FIELDS_INT
#define SHARE FIELDS_SHARE
#define BYTES FIELDS_BYTES
#define RAW   FIELDS_RAW
#define LIST  FIELDS_LIST
#define ROWS  FIELDS_ROWS

enum {
    INDENT = 2,
    TREE = REPO_HEX_SIZE - 1,
    SHA = HASH_HEX_SIZE - 1,
    CAUSE = 32, /* digits of a cluster's hash, and of a signature */
    NOW = PROOF_SCHEMA,
    IDS = PROOF_ID_MAX,
    LONG = PROOF_TEXT_MAX,
    MANY = PROOF_COUNT_MAX,
    PATHS = PROOF_PATHS_MAX,
    PATCH = PROOF_PATCH_MAX,
    SOME = PROOF_CASES_MAX,
    RUNS = PROOF_RUNS_MAX,
    RAWS = PROOF_RAW_MAX,
    CORES = 1 << 20,
    DEEP = 1000000, /* layers */
};
#define TIME        INT64_C(253402300799999) /* the end of the year 9999 */
#define KIB         (INT64_C(1) << 50)
#define AT(field)   offsetof(struct proof, field)
#define CASE(field) offsetof(struct proof_case, field)

/* In columns, which clang-format 14 does not keep when macros are among them. */
/* clang-format off */
static const struct fields_row case_rows[] = {
    {"",        "cell",      TEXT, CASE(cell),           1, LONG,  0, NULL},
    {"",        "case",      TEXT, CASE(name),           1, LONG,  0, NULL},
    {"",        "signature", HEX,  CASE(signature),      0, CAUSE, 0, NULL},
    {"before",  "runs",      INT,  CASE(before.runs),    0, RUNS,  0, NULL},
    {"before",  "passed",    INT,  CASE(before.passed),  0, RUNS,  0, NULL},
    {"before",  "failed",    INT,  CASE(before.failed),  0, RUNS,  0, NULL},
    {"after",   "runs",      INT,  CASE(after.runs),     0, RUNS,  0, NULL},
    {"after",   "passed",    INT,  CASE(after.passed),   0, RUNS,  0, NULL},
    {"after",   "failed",    INT,  CASE(after.failed),   0, RUNS,  0, NULL},
    {"control", "runs",      INT,  CASE(control.runs),   0, RUNS,  0, NULL},
    {"control", "passed",    INT,  CASE(control.passed), 0, RUNS,  0, NULL},
    {"control", "failed",    INT,  CASE(control.failed), 0, RUNS,  0, NULL},
    {"decoy",   "runs",      INT,  CASE(decoy.runs),     0, RUNS,  0, NULL},
    {"decoy",   "passed",    INT,  CASE(decoy.passed),   0, RUNS,  0, NULL},
    {"decoy",   "failed",    INT,  CASE(decoy.failed),   0, RUNS,  0, NULL},
    {NULL,      NULL,        TEXT, 0,                    0, 0,     0, NULL},
};
static const struct fields case_fields = {sizeof(struct proof_case), case_rows};

static const struct fields_row rows[] = {
    {"",            "schema",       INT,   AT(schema),                 NOW,   NOW,   0,              NULL},
    {"",            "id",           ID,    AT(id),                     1,     IDS,   0,              NULL},
    {"",            "subject",      TEXT,  AT(subject),                1,     LONG,  0,              NULL},
    {"",            "prefix",       PATH,  AT(prefix),                 0,     LONG,  0,              NULL},
    {"",            "program",      TEXT,  AT(program),                1,     LONG,  0,              NULL},
    {"",            "made_ms",      INT,   AT(made_ms),                0,     TIME,  0,              NULL},
    {"cluster",     "hash",         HEX,   AT(cluster.hash),           CAUSE, CAUSE, 0,              NULL},
    {"cluster",     "kind",         TEXT,  AT(cluster.kind),           0,     LONG,  0,              NULL},
    {"cluster",     "words",        TEXT,  AT(cluster.words),          0,     LONG,  0,              NULL},
    {"cluster",     "message",      TEXT,  AT(cluster.message),        0,     LONG,  0,              NULL},
    {"diagnosis",   "stage",        TEXT,  AT(diagnosis.stage),        0,     LONG,  0,              NULL},
    {"diagnosis",   "op",           TEXT,  AT(diagnosis.op),           0,     LONG,  0,              NULL},
    {"diagnosis",   "kernel",       TEXT,  AT(diagnosis.kernel),       0,     LONG,  0,              NULL},
    {"diagnosis",   "layer",        INT,   AT(diagnosis.layer),        -1,    DEEP,  0,              NULL},
    {"primary",     "cell",         TEXT,  AT(cell),                   1,     LONG,  0,              NULL},
    {"primary",     "case",         TEXT,  AT(case_name),              1,     LONG,  0,              NULL},
    {"base",        "commit",       HEX,   AT(base),                   TREE,  TREE,  0,              NULL},
    {"base",        "tree",         HEX,   AT(base_tree),              TREE,  TREE,  0,              NULL},
    {"fixed",       "tree",         HEX,   AT(fixed_tree),             TREE,  TREE,  0,              NULL},
    {"patch",       "sha256",       HEX,   AT(patch_sha256),           SHA,   SHA,   0,              NULL},
    {"patch",       "paths",        LIST,  AT(paths),                  0,     PATHS, AT(path_count), NULL},
    {"patch",       "added",        INT,   AT(added),                  0,     MANY,  0,              NULL},
    {"patch",       "removed",      INT,   AT(removed),                0,     MANY,  0,              NULL},
    {"patch",       "bytes",        INT,   AT(bytes),                  0,     MANY,  0,              NULL},
    {"patch",       "text",         BYTES, AT(patch),                  0,     PATCH, 0,              NULL},
    {"culprit",     "commit",       HEX,   AT(culprit.commit),         0,     TREE,  0,              NULL},
    {"culprit",     "subject",      TEXT,  AT(culprit.subject),        0,     LONG,  0,              NULL},
    {"culprit",     "posterior",    SHARE, AT(culprit.posterior),      0,     1,     0,              NULL},
    {"culprit",     "status",       TEXT,  AT(culprit.status),         0,     LONG,  0,              NULL},
    {"by",          "role",         TEXT,  AT(role),                   1,     LONG,  0,              NULL},
    {"by",          "driver",       TEXT,  AT(driver),                 1,     LONG,  0,              NULL},
    {"runs",        "each",         INT,   AT(runs),                   0,     RUNS,  0,              NULL},
    {"runs",        "needed",       INT,   AT(needed),                 0,     RUNS,  0,              NULL},
    {"runs",        "scope",        TEXT,  AT(scope),                  0,     RAWS,  0,              NULL},
    {"",            "cases",        ROWS,  AT(cases),                  0,     SOME,  AT(case_count), &case_fields},
    {"kept",        "before",       INT,   AT(kept.before),            0,     MANY,  0,              NULL},
    {"kept",        "after",        INT,   AT(kept.after),             0,     MANY,  0,              NULL},
    {"kept",        "sha256",       HEX,   AT(kept.sha256),            SHA,   SHA,   0,              NULL},
    {"before",      "passed",       INT,   AT(before.passed),          0,     MANY,  0,              NULL},
    {"before",      "not_passed",   INT,   AT(before.not_passed),      0,     MANY,  0,              NULL},
    {"before",      "na",           INT,   AT(before.na),              0,     MANY,  0,              NULL},
    {"after",       "passed",       INT,   AT(after.passed),           0,     MANY,  0,              NULL},
    {"after",       "not_passed",   INT,   AT(after.not_passed),       0,     MANY,  0,              NULL},
    {"after",       "na",           INT,   AT(after.na),               0,     MANY,  0,              NULL},
    {"decoys",      "runs",         INT,   AT(decoys.runs),            0,     RUNS,  0,              NULL},
    {"decoys",      "spoiled",      INT,   AT(decoys.spoiled),         0,     MANY,  0,              NULL},
    {"decoys",      "failed",       INT,   AT(decoys.failed),          0,     MANY,  0,              NULL},
    {"decoys",      "left",         INT,   AT(decoys.left),            0,     MANY,  0,              NULL},
    {"decoys",      "passed",       INT,   AT(decoys.passed),          0,     MANY,  0,              NULL},
    {"flake",       "rate",         SHARE, AT(flake.rate),             0,     1,     0,              NULL},
    {"flake",       "low",          SHARE, AT(flake.low),              0,     1,     0,              NULL},
    {"flake",       "high",         SHARE, AT(flake.high),             0,     1,     0,              NULL},
    {"environment", "hash",         HEX,   AT(environment.hash),       0,     SHA,   0,              NULL},
    {"environment", "os",           TEXT,  AT(environment.os),         0,     LONG,  0,              NULL},
    {"environment", "kernel",       TEXT,  AT(environment.kernel),     0,     LONG,  0,              NULL},
    {"environment", "cpu",          TEXT,  AT(environment.cpu),        0,     LONG,  0,              NULL},
    {"environment", "cores",        INT,   AT(environment.cores),      0,     CORES, 0,              NULL},
    {"environment", "memory_kib",   INT,   AT(environment.memory_kib), 0,     KIB,   0,              NULL},
    {"environment", "compiler",     TEXT,  AT(environment.compiler),   0,     LONG,  0,              NULL},
    {"environment", "libc",         TEXT,  AT(environment.libc),       0,     LONG,  0,              NULL},
    {"",            "sandbox",      TEXT,  AT(sandbox),                0,     LONG,  0,              NULL},
    {"tests",       "paths",        LIST,  AT(tests),                  0,     PATHS, AT(test_count), NULL},
    {"tests",       "sha256",       HEX,   AT(tests_sha256),           SHA,   SHA,   0,              NULL},
    {"tests",       "fixed_sha256", HEX,   AT(tests_fixed_sha256),     SHA,   SHA,   0,              NULL},
    {"",            "receipt",      RAW,   AT(receipt),                1,     RAWS,  0,              NULL},
    {"",            "review",       RAW,   AT(review),                 0,     RAWS,  0,              NULL},
    {"",            "audit",        HEX,   AT(audit),                  0,     SHA,   0,              NULL},
    {NULL,          NULL,           TEXT,  0,                          0,     0,     0,              NULL},
};
/* clang-format on */
static const struct fields fields = {sizeof(struct proof), rows};

static int put_all(struct buf *out, const struct proof *p) {
    struct json_writer w;
    json_writer_init(&w, out, INDENT);
    json_open_object(&w, NULL);
    int rc = fields_put(&w, &fields, p);
    json_close_object(&w);
    buf_putc(out, '\n');
    return rc;
}

/* What is written can be read: one that cannot would be found out on somebody else's machine. A
 * patch that is no UTF-8 cannot stand in JSON, and would come back as another one. */
static int read_back(const struct buf *text, const struct proof *p) {
    struct proof back;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = proof_read(&back, &arena, text->data, text->len, "the proof");
    if (rc == 0 && strcmp(back.patch, p->patch) != 0)
        rc = err_set(ERR_FORMAT, "the proof: the patch is not UTF-8");
    arena_done(&arena);
    return rc;
}

int proof_write(struct buf *out, const struct proof *p) {
    struct buf text;
    buf_init(&text, PROOF_FILE_MAX);
    int rc = put_all(&text, p);
    if (rc == 0)
        rc = buf_ok(&text, "a proof");
    if (rc == 0)
        rc = read_back(&text, p);
    if (rc == 0)
        buf_add(out, text.data, text.len);
    buf_done(&text);
    return rc < 0 ? rc : buf_ok(out, "a proof");
}

int proof_read(struct proof *out, struct arena *arena, const char *text, size_t len,
               const char *name) {
    struct proof p = {.schema = 0};
    struct json_doc *doc;
    if (len > PROOF_FILE_MAX)
        return err_set(ERR_LIMIT, "%s: a proof has at most %d bytes", name, PROOF_FILE_MAX);
    int rc = json_parse(&doc, text, len, name, 0);
    if (rc < 0)
        return rc;
    rc = fields_read(&fields, &p, arena, json_root(doc));
    json_free(doc);
    if (rc == 0)
        *out = p;
    return rc;
}

/* What stands in a page behind a fence, up to the line that ends it. NULL without one. */
static const char *find_fenced(const char *text, size_t size, const char *fence, size_t *len) {
    const char *end = text + size, *at = text;
    size_t skip = strlen(fence);
    while ((at = memmem(at, (size_t)(end - at), fence, skip)) != NULL) {
        at += skip;
        if (at < end && *at == '\r') /* it came through a web form */
            at++;
        if (at < end && *at == '\n')
            break;
    }
    if (!at)
        return NULL;
    const char *close = memmem(at, (size_t)(end - at), "\n```", 4);
    *len = (size_t)((close ? close : end) - at);
    return at;
}

/* The bundle of a file that may be the page. */
static int find_bundle(struct buf *out, const struct file *file) {
    const char *text = (const char *)file->data, *found = NULL;
    size_t len = 0;
    if (file->size && text[0] == '#') {
        found = find_fenced(text, file->size, "\n" PROOF_FENCE_PACKED, &len);
        if (found)
            return pack_read(out, found, len, PROOF_FILE_MAX);
        found = find_fenced(text, file->size, "\n" PROOF_FENCE, &len);
        if (!found)
            return err_set(ERR_FORMAT, "this page holds no proof; its maker has the proof.json");
    }
    buf_add(out, found ? found : text, found ? len : file->size);
    return 0;
}

/* The hash is that of proof.json in either case. */
static int read_file(struct proof *out, struct arena *arena, const struct file *file,
                     const char *path, char sha256[HASH_HEX_SIZE]) {
    struct buf json;
    buf_init(&json, PROOF_FILE_MAX);
    int rc = find_bundle(&json, file);
    rc = rc < 0 ? err_while(rc, "%s", path) : proof_read(out, arena, json.data, json.len, path);
    buf_reset(&json);
    if (rc == 0)
        rc = proof_write(&json, out);
    if (rc == 0)
        hash_bytes(json.data, json.len, sha256);
    buf_done(&json);
    return rc;
}

int proof_load(struct proof *out, struct arena *arena, const char *path,
               char sha256[HASH_HEX_SIZE]) {
    struct file file = {0};
    int rc = file_read(&file, path, PROOF_FILE_MAX);
    if (rc == 0)
        rc = read_file(out, arena, &file, path, sha256);
    file_done(&file);
    return rc;
}
