/* SPDX-License-Identifier: Apache-2.0 */
/* proof: all that one fix claims, and what is needed to check it again on another machine.
 *
 * A bundle is one JSON file, proof.json; proof.md is the same for people. It comes from anywhere:
 * proof_read() limits and checks every key, proof_holds() looks for what the bundle itself does not
 * prove, proof_matches() for what the repository contradicts. `noctule verify` adds to both what
 * the trees do when they are run again. docs/fix.md is the description for its readers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/triage/flake.h"

struct arena;
struct buf;
struct commits;

enum {
    PROOF_SCHEMA = 2,
    PROOF_FILE_MAX = 32 << 20, /* bytes of proof.json */
    PROOF_PATCH_MAX = 8 << 20,
    PROOF_RAW_MAX = 1 << 20,   /* the receipt, the review, the scope */
    PROOF_TEXT_MAX = 4096,     /* any other string */
    PROOF_CASES_MAX = 65536,   /* cases to be mended */
    PROOF_PATHS_MAX = 4096,    /* changed paths; test paths */
    PROOF_RUNS_MAX = 1000,     /* N */
    PROOF_COUNT_MAX = 1 << 30, /* any count of cases or lines */
    PROOF_PAGE_MAX = 60 << 10, /* bytes of proof_text(), whatever the bundle holds */
    PROOF_PAGE_CASES = 25,     /* rows of its table */
    PROOF_ID_MAX = 80,         /* of the fix: [0-9a-z.-], and no dot at the front */
};

/* Runs of one case in one tree. What neither passed nor failed (infra, missing, na, and a failure
 * with another signature) is in runs alone. */
struct proof_tally {
    int64_t runs, passed, failed;
};

/* A case to be mended: a member of the cluster. */
struct proof_case {
    const char *cell, *name;
    const char *signature;      /* of its failure in the base tree; "" = it has none */
    struct proof_tally before;  /* base tree */
    struct proof_tally after;   /* fixed tree */
    struct proof_tally control; /* base tree once more, after that */
    struct proof_tally decoy;   /* fixed tree, with what it is held against spoiled: fails, if it is
                                 * computed at all; 0 runs = nothing could be spoiled */
};

/* Sweeps of the fixed tree in which some cases had to fail and the others to pass. All its cases
 * are counted that passed in it and of which that is known, once for each such sweep. */
struct proof_decoys {
    int64_t runs;            /* 0 = the suites have no decoy */
    int64_t spoiled, failed; /* had to fail, and did */
    int64_t left, passed;    /* had to pass, and did */
};

/* Every case that was swept in a tree, by what it did in the runs that it was in (one at least; the
 * cells to be mended are in all N): passed in each, na in each, or anything else. */
struct proof_totals {
    int64_t passed, not_passed, na;
};

/* Strings are never NULL; "" is not known, or none. Hashes are lower-case hex. */
struct proof {
    int64_t schema;
    const char *id;      /* of the fix: the folder below LOGS/fix */
    const char *subject; /* name in noctule.json */
    const char *prefix;  /* its folder below the top of the repository; "" = the top itself */
    const char *program; /* version of noctule */
    int64_t made_ms;     /* wall clock */

    struct {
        const char *hash, *kind, *words, *message;
    } cluster; /* as struct cluster */
    struct {
        const char *stage, *op, *kernel;
        int64_t layer; /* −1 = not known */
    } diagnosis;
    const char *cell, *case_name; /* the primary: one of `cases` */

    const char *base;      /* commit, 40 digits */
    const char *base_tree; /* its tree */
    const char *fixed_tree;
    const char *patch;        /* base_tree → fixed_tree, as git apply takes it */
    const char *patch_sha256; /* of its bytes */
    const char *const *paths; /* [path_count] what it changes, below the top of the repository */
    size_t path_count;
    int64_t added, removed, bytes; /* lines; bytes added, as struct changes */

    struct {
        const char *commit, *subject; /* commit "" = there is no culprit */
        double posterior;             /* 0…1 */
        const char *status;           /* verify_status_name() */
    } culprit;
    const char *role, *driver; /* "test-runner", "bisect-and-revert" */

    int64_t runs, needed;           /* N of each tree; failures of N that reproduce it */
    const char *scope;              /* what was swept at all, as run.scope; "" = everything */
    const struct proof_case *cases; /* [case_count] by cell and name, no two the same */
    size_t case_count;
    struct {
        int64_t before;     /* cases that passed each of their runs of the base tree */
        int64_t after;      /* of these, those that pass each of their runs of the fixed tree */
        const char *sha256; /* proof_hash_names() of the latter */
    } kept;
    struct proof_totals before, after;
    struct proof_decoys decoys;
    struct flake flake; /* of the mended cases in the fixed tree: proof_flake() */

    struct environment environment; /* id is not written */
    const char *sandbox;            /* the lowest level that was reached: "namespaces" */
    const char *const *tests;       /* [test_count] what it is judged by: tests and limits of the
                                     * policy, below prefix */
    size_t test_count;
    const char *tests_sha256;       /* commits_hash_paths() of them in base_tree */
    const char *tests_fixed_sha256; /* and in fixed_tree */

    const char *receipt; /* a JSON object, as receipt_json() */
    const char *review;  /* a JSON object, or "" = nobody reviewed */
    const char *audit;   /* head of the chain when it was made; "" = none */
};

/* Fills what follows from the rest: schema, patch_sha256, flake. For whoever makes a proof. */
void proof_seal(struct proof *p, struct arena *arena);
/* Failures of the mended cases in all their runs of the fixed tree; zeroed when there were none. */
struct flake proof_flake(const struct proof *p);

struct proof_name {
    const char *cell, *name;
};
/* SHA-256 over the lines "CELL\tCASE\n", sorted by bytes. Sorts names. */
void proof_hash_names(struct proof_name *names, size_t len, char out[HASH_HEX_SIZE]);

/* Appends proof.json: the same bytes for the same proof. The receipt and the review must be JSON
 * objects: 0, ERR_FORMAT, or ERR_LIMIT when it is more than proof_read() takes. */
int proof_write(struct buf *out, const struct proof *p);
/* text need not be NUL-terminated; name is what messages call it; strings live in arena. 0,
 * ERR_FORMAT with name and key, ERR_LIMIT. */
int proof_read(struct proof *out, struct arena *arena, const char *text, size_t len,
               const char *name);
/* path may also be a page of proof_text() that holds the bundle. sha256 is that of proof.json as
 * proof_write() has it. Also ERR_IO, ERR_NOTFOUND. */
int proof_load(struct proof *out, struct arena *arena, const char *path,
               char sha256[HASH_HEX_SIZE]);
/* Appends the page for a pull request and for people: at most PROOF_PAGE_MAX bytes of Markdown. The
 * bundle itself is in it where it fits. */
void proof_text(struct buf *out, const struct proof *p);

/* What opens the bundle in a page: as it is, or packed (proc/pack.h) where it is long. */
#define PROOF_FENCE        "```json"
#define PROOF_FENCE_PACKED "```zstd"

/* Why a proof is none. Each has a name of one word, by which it is counted, and a sentence. */
#define PROOF_FAULT_MAP(X)                                                            \
    X(EMPTY, "empty", "nothing was run, or nothing was to be mended")                 \
    X(COUNTS, "counts", "figures contradict each other")                              \
    X(NOT_REPRODUCED, "not_reproduced", "it did not fail without the patch")          \
    X(NOT_MENDED, "not_mended", "it does not pass with the patch")                    \
    X(UNCONTROLLED, "uncontrolled", "it did not fail again without the patch")        \
    X(LOST, "lost", "what passed does not pass any more")                             \
    X(HOLLOW, "hollow", "a case passes that was made to fail")                        \
    X(PATCH, "patch", "the patch is not the one that it names, or does not apply")    \
    X(NO_CHANGE, "no_change", "the patch changes nothing")                            \
    X(PATHS, "paths", "the patch changes other paths or lines than it says")          \
    X(TESTS, "tests", "what the fix is judged by differs between the two trees")      \
    X(POLICY, "policy", "it was made under rules that this checkout does not have")   \
    X(BASE, "base", "its base is not in this repository")                             \
    X(TREE, "tree", "base and patch do not give the tree that was tested")            \
    X(SUBJECT, "subject", "it is about another subject")                              \
    X(CULPRIT, "culprit", "the commit that it blames is none that leads to its base") \
    X(RECEIPT, "receipt", "the receipt is not that of this change")                   \
    X(REVIEW, "review", "the reviewer did not let it land")                           \
    X(SCOPE, "scope", "what was to be mended was not swept")                          \
    X(SANDBOX, "sandbox", "there is no such level of the sandbox")                    \
    X(RESULTS, "results", "the trees, run here, do something else")

enum proof_fault_kind {
#define X(name, word, text) PROOF_FAULT_##name,
    PROOF_FAULT_MAP(X)
#undef X
        PROOF_FAULT_KINDS
};
const char *proof_fault_name(enum proof_fault_kind kind);
const char *proof_fault_text(enum proof_fault_kind kind); /* what it means, in general */

enum { PROOF_FAULTS_MAX = 64 };
struct proof_faults {
    struct arena *arena;
    struct {
        enum proof_fault_kind kind;
        const char *text;
    } rows[PROOF_FAULTS_MAX];
    size_t len; /* may be more than are kept */
};
void proof_fault(struct proof_faults *f, enum proof_fault_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Does the bundle by itself prove what it claims? Adds a fault for each thing that it does not;
 * true when it added none. */
bool proof_holds(const struct proof *p, struct proof_faults *faults);

/* What the reader knows without the bundle, from the noctule.json of the base. */
struct proof_policy {
    const char *subject;      /* NULL = any */
    const char *const *tests; /* [test_count] as struct proof has them; NULL = any */
    size_t test_count;
    const char *const *paths;     /* NULL-terminated: what a fix may change; NULL = anything */
    const char *const *read_only; /* NULL-terminated: and yet not, as tolerances; or NULL */
    int64_t runs, needed;         /* a proof has no less of either; 0 = any */
    const char *const *decoys;    /* NULL-terminated: suites that have decoys; NULL = any */
};
/* Is it true of this repository? Adds faults likewise. 0 (look at faults), or ERR_IO. */
int proof_matches(const struct proof *p, const struct commits *c, const struct proof_policy *policy,
                  struct proof_faults *faults);
