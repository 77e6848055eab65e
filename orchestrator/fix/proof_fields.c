/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/proof_fields.h"

#include "orchestrator/fix/proof.h"

#define TEXT  PROOF_FIELD_TEXT
#define PATH  PROOF_FIELD_PATH
#define ID    PROOF_FIELD_ID
#define HEX   PROOF_FIELD_HEX
#define INT   PROOF_FIELD_INT
#define SHARE PROOF_FIELD_SHARE
#define BYTES PROOF_FIELD_BYTES
#define RAW   PROOF_FIELD_RAW
#define LIST  PROOF_FIELD_LIST
#define CASES PROOF_FIELD_CASES

enum {
    TREE = REPO_HEX_SIZE - 1,
    SHA = HASH_HEX_SIZE - 1,
    CAUSE = 32, /* digits of a cluster's hash */
    V1 = PROOF_SCHEMA,
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
#define TIME         INT64_C(253402300799999) /* the end of the year 9999 */
#define KIB          (INT64_C(1) << 50)
#define AT(field)    offsetof(struct proof, field)
#define CASE(field)  offsetof(struct proof_case, field)
#define TALLY(field) offsetof(struct proof_tally, field)

/* In columns, which clang-format 14 does not keep when macros are among them. */
/* clang-format off */
const struct proof_field proof_fields[] = {
    {"",            "schema",       INT,   AT(schema),                 V1,    V1,    0},
    {"",            "id",           ID,    AT(id),                     1,     IDS,   0},
    {"",            "subject",      TEXT,  AT(subject),                1,     LONG,  0},
    {"",            "prefix",       PATH,  AT(prefix),                 0,     LONG,  0},
    {"",            "program",      TEXT,  AT(program),                1,     LONG,  0},
    {"",            "made_ms",      INT,   AT(made_ms),                0,     TIME,  0},
    {"cluster",     "hash",         HEX,   AT(cluster.hash),           CAUSE, CAUSE, 0},
    {"cluster",     "kind",         TEXT,  AT(cluster.kind),           0,     LONG,  0},
    {"cluster",     "words",        TEXT,  AT(cluster.words),          0,     LONG,  0},
    {"cluster",     "message",      TEXT,  AT(cluster.message),        0,     LONG,  0},
    {"diagnosis",   "stage",        TEXT,  AT(diagnosis.stage),        0,     LONG,  0},
    {"diagnosis",   "op",           TEXT,  AT(diagnosis.op),           0,     LONG,  0},
    {"diagnosis",   "kernel",       TEXT,  AT(diagnosis.kernel),       0,     LONG,  0},
    {"diagnosis",   "layer",        INT,   AT(diagnosis.layer),        -1,    DEEP,  0},
    {"primary",     "cell",         TEXT,  AT(cell),                   1,     LONG,  0},
    {"primary",     "case",         TEXT,  AT(case_name),              1,     LONG,  0},
    {"base",        "commit",       HEX,   AT(base),                   TREE,  TREE,  0},
    {"base",        "tree",         HEX,   AT(base_tree),              TREE,  TREE,  0},
    {"fixed",       "tree",         HEX,   AT(fixed_tree),             TREE,  TREE,  0},
    {"patch",       "sha256",       HEX,   AT(patch_sha256),           SHA,   SHA,   0},
    {"patch",       "paths",        LIST,  AT(paths),                  0,     PATHS, AT(path_count)},
    {"patch",       "added",        INT,   AT(added),                  0,     MANY,  0},
    {"patch",       "removed",      INT,   AT(removed),                0,     MANY,  0},
    {"patch",       "bytes",        INT,   AT(bytes),                  0,     MANY,  0},
    {"patch",       "text",         BYTES, AT(patch),                  0,     PATCH, 0},
    {"culprit",     "commit",       HEX,   AT(culprit.commit),         0,     TREE,  0},
    {"culprit",     "subject",      TEXT,  AT(culprit.subject),        0,     LONG,  0},
    {"culprit",     "posterior",    SHARE, AT(culprit.posterior),      0,     1,     0},
    {"culprit",     "status",       TEXT,  AT(culprit.status),         0,     LONG,  0},
    {"by",          "role",         TEXT,  AT(role),                   1,     LONG,  0},
    {"by",          "driver",       TEXT,  AT(driver),                 1,     LONG,  0},
    {"runs",        "each",         INT,   AT(runs),                   0,     RUNS,  0},
    {"runs",        "needed",       INT,   AT(needed),                 0,     RUNS,  0},
    {"runs",        "scope",        TEXT,  AT(scope),                  0,     LONG,  0},
    {"",            "cases",        CASES, AT(cases),                  0,     SOME,  AT(case_count)},
    {"kept",        "before",       INT,   AT(kept.before),            0,     MANY,  0},
    {"kept",        "after",        INT,   AT(kept.after),             0,     MANY,  0},
    {"kept",        "sha256",       HEX,   AT(kept.sha256),            SHA,   SHA,   0},
    {"before",      "passed",       INT,   AT(before.passed),          0,     MANY,  0},
    {"before",      "not_passed",   INT,   AT(before.not_passed),      0,     MANY,  0},
    {"before",      "na",           INT,   AT(before.na),              0,     MANY,  0},
    {"after",       "passed",       INT,   AT(after.passed),           0,     MANY,  0},
    {"after",       "not_passed",   INT,   AT(after.not_passed),       0,     MANY,  0},
    {"after",       "na",           INT,   AT(after.na),               0,     MANY,  0},
    {"flake",       "rate",         SHARE, AT(flake.rate),             0,     1,     0},
    {"flake",       "low",          SHARE, AT(flake.low),              0,     1,     0},
    {"flake",       "high",         SHARE, AT(flake.high),             0,     1,     0},
    {"environment", "hash",         HEX,   AT(environment.hash),       0,     SHA,   0},
    {"environment", "os",           TEXT,  AT(environment.os),         0,     LONG,  0},
    {"environment", "kernel",       TEXT,  AT(environment.kernel),     0,     LONG,  0},
    {"environment", "cpu",          TEXT,  AT(environment.cpu),        0,     LONG,  0},
    {"environment", "cores",        INT,   AT(environment.cores),      0,     CORES, 0},
    {"environment", "memory_kib",   INT,   AT(environment.memory_kib), 0,     KIB,   0},
    {"environment", "compiler",     TEXT,  AT(environment.compiler),   0,     LONG,  0},
    {"environment", "libc",         TEXT,  AT(environment.libc),       0,     LONG,  0},
    {"",            "sandbox",      TEXT,  AT(sandbox),                0,     LONG,  0},
    {"tests",       "paths",        LIST,  AT(tests),                  0,     PATHS, AT(test_count)},
    {"tests",       "sha256",       HEX,   AT(tests_sha256),           SHA,   SHA,   0},
    {"tests",       "fixed_sha256", HEX,   AT(tests_fixed_sha256),     SHA,   SHA,   0},
    {"",            "receipt",      RAW,   AT(receipt),                1,     RAWS,  0},
    {"",            "review",       RAW,   AT(review),                 0,     RAWS,  0},
    {"",            "audit",        HEX,   AT(audit),                  0,     SHA,   0},
    {NULL,          NULL,           TEXT,  0,                          0,     0,     0},
};

const struct proof_count proof_tallies[] = {
    {"before",  CASE(before) },
    {"after",   CASE(after)  },
    {"control", CASE(control)},
    {NULL,      0            },
};

const struct proof_count proof_tally_counts[] = {
    {"runs",   TALLY(runs)  },
    {"passed", TALLY(passed)},
    {"failed", TALLY(failed)},
    {NULL,     0            },
};
/* clang-format on */
