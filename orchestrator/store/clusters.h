/* SPDX-License-Identifier: Apache-2.0 */
/* clusters: what one cause did in one run. A cause stays the same from run to run; it is made by
 * triage/cause.h when the run ends. Rows are copied into the caller's arena; no string is NULL. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

struct cluster {
    int64_t run, cause;    /* ids; cause is for joins, hash for people */
    int algo;              /* version of the rule that made hash */
    const char *hash;      /* 32 hex digits */
    const char *kind;      /* of the diagnosis: "kernel", or the finding's class: "numerics" */
    const char *words;     /* the cause in a few words */
    const char *message;   /* the sentence of the primary case: its diagnosis, or its own */
    int64_t cell, case_id; /* the primary: the smallest failing case */
    const char *cell_name, *case_name;
    const char *command; /* runs the primary alone, in the subject's root */
    int64_t cells, cases;
    const char *first_run_name, *last_run_name;
    int64_t runs; /* in how many it was seen up to this one */
};

/* The runs that look at causes: finished or abandoned. Most cases first. 0 or ERR_IO. */
int clusters_of_run(struct db *db, struct arena *arena, int64_t run, struct cluster **out,
                    size_t *len);
/* word: the beginning of a hash, or all of it. run 0 = the newest that has it. 0, ERR_NOTFOUND,
 * ERR_NOTNOW when two causes begin so, ERR_IO. */
int clusters_find(struct db *db, struct arena *arena, const char *word, int64_t run,
                  struct cluster *out);
/* The cluster that a case of a run is in. 0, ERR_NOTFOUND, ERR_IO. */
int clusters_of_case(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                     struct cluster *out);

/* One case of a cluster. */
struct cluster_case {
    int64_t cell, case_id;
    const char *cell_name, *family, *label, *case_name;
    const char *verdict, *message, *command;
    const char *how; /* it came to this cause: "diagnosis", "cell", "case" or "signature" */
};

/* By cell and case. 0 or ERR_IO. */
int clusters_cases(struct db *db, struct arena *arena, int64_t run, int64_t cause,
                   struct cluster_case **out, size_t *len);

/* What a cause is made from: one red case. */
struct cluster_failure {
    int64_t cell, case_id;
    const char *cell_name, *case_name, *type;
    const char *verdict;                           /* "numerics" */
    int64_t size;                                  /* elements compared; 0 or less = not known */
    const char *message, *class, *template;        /* of the finding; "" without one */
    const char *kind, *stage, *op, *kernel, *said; /* of the diagnosis; "" without one */
};
int clusters_failures(struct db *db, struct arena *arena, int64_t run, struct cluster_failure **out,
                      size_t *len);

/* For the writer. clusters_put() finds or adds the cause by algo and hash, and fills c->cause. */
int clusters_put(struct db *db, struct cluster *c);
int clusters_put_case(struct db *db, int64_t run, int64_t cell, int64_t case_id, int64_t cause,
                      const char *how);
