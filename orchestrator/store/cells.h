/* SPDX-License-Identifier: Apache-2.0 */
/* cells: what is swept. A cell is one family × variant of a suite; a case is a test of a family
 * and knows nothing of variants; a variant is a point on the axes.
 *
 * Rows are copied into the caller's arena; a string is never NULL. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"

struct arena;
struct db;

struct variant {
    int64_t id;
    const char *hash;            /* SHA-256 of the sorted "axis=value" lines */
    const char *label;           /* "cpu/bf16": the values in the order of noctule.json */
    const char *axes;            /* "backend=cpu,dtype=bf16": sorted */
    const char *backend, *dtype; /* "" when there is no such axis */
};

struct cell {
    int64_t id;
    const char *name; /* "compat/qwen3/cpu/bf16", stable over runs */
    const char *suite, *family;
    struct variant variant;
};

/* A cell in a run. */
struct run_cell {
    int64_t run;
    struct cell cell;
    const char *command;     /* for a shell, in the subject's root; runs the whole cell */
    const char *command_one; /* the same for one case, whose id stands for {case} */
    const char *log;  /* "<run>/compat.qwen3.cpu.bf16.log", below logs/; see proc/logfile.h */
    const char *note; /* what went wrong between cases, "" mostly */
    const char *program_sha256;   /* of its worker; "" = not known; NULL for the writer: the same */
    int64_t planned, recorded;    /* cases */
    int64_t workers;              /* processes it took */
    int64_t peak_rss_kib;         /* of the largest of them */
    double busy_ms;               /* wall time of its workers */
    int64_t count[VERDICT_COUNT]; /* cases by verdict; [VERDICT_NONE] = not recorded yet */
};

/* The cells of a run by name. 0 or ERR_IO. */
int cells_of_run(struct db *db, struct arena *arena, int64_t run, struct run_cell **out,
                 size_t *len);
/* Every cell there ever was, by name. */
int cells_list(struct db *db, struct arena *arena, struct cell **out, size_t *len);
int cells_find(struct db *db, struct arena *arena, const char *name, struct cell *out);
int cells_find_case(struct db *db, const char *suite, const char *name, int64_t *id);
/* One cell through the newest `limit` runs, newest first: the figures of a sparkline. */
int cells_history(struct db *db, struct arena *arena, int64_t cell, size_t limit,
                  struct run_cell **out, size_t *len);

/* For the writer; each finds the row or adds it. 0 or ERR_IO. */
int cells_put(struct db *db, const struct cell *cell, int64_t *id);
int cells_put_case(struct db *db, const char *suite, const char *family, const char *name,
                   int64_t *id);
/* What a result event tells of the case itself. */
int cells_describe_case(struct db *db, int64_t case_id, const char *type, const char *ref);
int cells_add_to_run(struct db *db, const struct run_cell *rc);
/* Adds a process of this cell to its row. note is appended unless "". */
int cells_add_worker(struct db *db, int64_t run, int64_t cell, double ms, int64_t peak_rss_kib,
                     const char *note);
