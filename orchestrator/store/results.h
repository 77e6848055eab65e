/* SPDX-License-Identifier: Apache-2.0 */
/* results: one row per planned case of a run, with its verdict and what changed; and below it one
 * per attempt. Rows are copied into the caller's arena; a string is never NULL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/change.h"
#include "orchestrator/store/verdict.h"

struct arena;
struct buf;
struct db;

/* One execution of a case. Figures that were not reported are NAN or -1. */
struct attempt {
    int64_t run, cell, case_id;
    int n; /* from 1 */
    enum attempt_status status;
    int64_t started_ms; /* wall clock */
    double ms;
    double cpu_ms;         /* of the processor; for the writer, see timings.h */
    int exit_code, signal; /* of a worker that died in it; exit -1 and signal 0 otherwise */
    const char *message;   /* one sentence, "" for a pass */
    int64_t compared;      /* elements */
    double nmse, nmse_limit, max_abs;
    const char *tolerance;               /* class, "F" */
    const char *worst_key, *worst_index; /* golden key, "[0,3,17]" */
    double worst_got, worst_want;        /* may be infinite */
    const char *golden_sha256;
    const char *requested, *actual;       /* backends */
    int64_t native, composite, reference; /* nodes by kernel route */
    int64_t log_begin, log_end;           /* bytes of the cell's log that were written in it */
    int64_t signature;                    /* 0 = none */
    const char *hash; /* of the signature as the journal has it, for the writer; NULL = none */
    const char *location, *what, *tail; /* of the failure: see signatures.h */
};

struct result {
    int64_t run, cell, case_id;
    const char *case_name; /* "qwen3/final_logits.prompt" */
    const char *type, *ref;
    const char *cell_name, *family, *label, *backend, *dtype;
    enum verdict verdict, before; /* before: in the reference run, NONE = not planned there */
    enum change change;
    int attempts;
    struct attempt last;                        /* the attempt that decided */
    const char *signature_hash, *class, *layer; /* "" without a failure */
    bool quarantined;                           /* by an entry that has not expired */
    const char *log;                            /* below logs/ */
    const char *command; /* the line that runs this case alone, in the subject's root */
};

/* Zero fields do not filter. */
struct result_filter {
    int64_t run, cell, case_id, signature;
    unsigned verdicts, changes; /* 1u << VERDICT_x, 1u << CHANGE_x; bit 0 = NONE */
    bool red;                   /* only what verdict_is_red() */
    bool newest_first;          /* by run; else by cell and case */
    size_t limit;
};

/* 0 or ERR_IO. History of one case in one cell: {.cell, .case_id, .newest_first = true}. */
int results_list(struct db *db, struct arena *arena, const struct result_filter *filter,
                 struct result **out, size_t *len);
/* Attempts of one case of a run, in order. */
int results_attempts(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                     struct attempt **out, size_t *len);
/* How many cases of the run changed how: count[CHANGE_COUNT]. */
int results_changes(struct db *db, int64_t run, int64_t *count);
/* Cases of the reference run that this run's scope covers and no longer plans. */
int results_gone(struct db *db, struct arena *arena, int64_t run, struct result **out, size_t *len);
/* The longest that a pass of this case took in the last `runs` runs of this cell, ms; 0 = never
 * passed. */
int results_longest_pass(struct db *db, int64_t cell, int64_t case_id, int64_t runs, double *ms);

/* The last run before a result's in which all was well. */
struct results_good {
    const char *run_name, *log; /* log below logs/ */
    const char *program_sha256; /* of the cell's worker; "" = not known */
    bool whole;                 /* nothing of the cell was red; else this case passed, no more */
};
/* Of those in which the case passed: the newest with a cell that had nothing red, else the newest.
 * 0, ERR_NOTFOUND, ERR_IO. */
int results_last_good(struct db *db, struct arena *arena, const struct result *r,
                      struct results_good *out);

/* The command of a cell for one case, whose name is put between its single quotes. */
const char *results_command(struct arena *arena, const char *command, const char *name);
/* Appends the first line of a message, for a row of a table; "…" stands for others. */
void results_put_line(struct buf *out, const char *message);

/* A change for the worse that nobody foresaw: what is expected to fail, or in quarantine, is no
 * regression. */
bool results_is_regression(const struct result *r);

/* For the writer. 0 or ERR_IO. */
int results_plan(struct db *db, int64_t run, int64_t cell, int64_t case_id);
/* Records the attempt and the verdict that follows from it. */
int results_add(struct db *db, const struct attempt *a);
/* Verdict without an attempt: missing, precluded, na. message may be "". */
int results_close(struct db *db, int64_t run, int64_t cell, int64_t case_id, enum verdict v,
                  const char *message);
/* Fills change of every row of run against run.reference. scope_all: the run covered everything. */
int results_compare(struct db *db, int64_t run, int64_t reference);
/* Cases that have no verdict yet become missing, with this message. *count of them. */
int results_close_rest(struct db *db, int64_t run, const char *message, int64_t *count);
