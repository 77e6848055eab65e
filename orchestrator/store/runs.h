/* SPDX-License-Identifier: Apache-2.0 */
/* runs: one row per sweep, and the machine it ran on.
 *
 * At most the newest run is unfinished: starting another closes the one before, its unrecorded
 * cases as missing. Rows are copied into the caller's arena; a string is never NULL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

#define RUN_STATE_MAP(X)             \
    X(RUNNING, 1, "running")         \
    X(FINISHED, 2, "finished")       \
    X(INTERRUPTED, 3, "interrupted") \
    X(ABANDONED, 4, "abandoned")

enum run_state {
#define X(name, code, text) RUN_##name = (code),
    RUN_STATE_MAP(X)
#undef X
};
const char *run_state_name(enum run_state s);

struct run {
    int64_t id;
    const char *name; /* also the folder below logs/: "20261121-023511-e055885" */
    const char *subject;
    enum run_state state; /* running also when nobody runs it any more: see the lock */
    const char *commit, *tree, *branch; /* hex, hex, name; "" outside git */
    bool dirty;
    const char *build_sha256;  /* of the workers' programs; "": none is a file */
    const char *config_sha256; /* of noctule.json */
    const char *scope;         /* the filters of the command line; "" = everything */
    const char *program;       /* version of noctule */
    int64_t environment;
    int64_t reference;               /* run it was compared with, 0 = none */
    int64_t started_ms, finished_ms; /* wall clock; the last event, while unfinished */
    int64_t active_ms;         /* spent sweeping, without the time between a stop and a resume */
    int64_t planned, recorded; /* cases */
    int64_t workers;
    int64_t indexed_bytes; /* of events.ndjson that are in the index */
    bool ledger;           /* finished, and to have an entry in the ledger */
};

struct environment {
    int64_t id;
    const char *hash; /* SHA-256 of the sorted fields */
    const char *os, *kernel, *cpu, *compiler, *libc;
    int64_t cores, memory_kib;
};

/* All by id, newest first. limit 0 = all. subject NULL = any. 0 or ERR_IO. */
int runs_list(struct db *db, struct arena *arena, const char *subject, size_t limit,
              struct run **out, size_t *len);
/* 0, ERR_NOTFOUND, ERR_IO. word is a name, an unambiguous beginning of one, an id, "last", or
 * "last~N" (N finished runs before it). */
int runs_find(struct db *db, struct arena *arena, const char *word, struct run *out);
/* The run of exactly this name. 0, ERR_NOTFOUND, ERR_IO. */
int runs_find_name(struct db *db, struct arena *arena, const char *name, struct run *out);
int runs_get(struct db *db, struct arena *arena, int64_t id, struct run *out);
/* The run that a run of this subject and scope is compared with: the newest finished one that
 * covered everything or the same scope, older than `before` (0 = now). ERR_NOTFOUND: none. */
int runs_reference(struct db *db, struct arena *arena, const char *subject, const char *scope,
                   int64_t before, struct run *out);
int runs_environment(struct db *db, struct arena *arena, int64_t id, struct environment *out);

/* For the writer. Ids are given in the order of first appearance. 0 or ERR_IO. */
int runs_add(struct db *db, const struct run *run, int64_t *id);
int runs_update(struct db *db, const struct run *run); /* all but id, name, recorded */
int runs_add_environment(struct db *db, const struct environment *env, int64_t *id);
