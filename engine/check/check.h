/* SPDX-License-Identifier: Apache-2.0 */
/* check: one cell – a fixture on a backend with a storage dtype – and its cases, run in order.
 *
 * Every planned case gets exactly one result while the process lives. A case that fails leaves
 * nothing behind for the next one: models are shared, sessions are not. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "engine/base/opt.h"

struct check;
struct fixture;
struct mutation;
struct bench;

struct check_options {
    const char *folder;           /* of the fixture */
    const char *backend;          /* "cpu" */
    const char *dtype;            /* "f32", "q8_0": how weights are stored; see bench.h */
    int64_t threads;              /* 0 = one per core */
    bool strict;                  /* refuse operations that another backend would compute */
    bool list;                    /* for check_list() alone: the machine may lack the backend */
    const struct opt_list *cases; /* ids; NULL or empty = all */
};

/* How many cases ended how. */
struct check_counts {
    size_t pass, na, other;
};

/* Reads cases.json and nothing else. 0; ERR_ARG for an unknown backend, dtype or case;
 * ERR_NOTFOUND, ERR_IO, ERR_FORMAT. */
int check_open(struct check **out, const struct check_options *options);
void check_close(struct check *k); /* NULL is fine */

/* The plan line alone. 0 or ERR_IO. */
int check_list(struct check *k, FILE *out);
/* Plan, each case, done. 0, or ERR_IO when a line could not be written. */
int check_run(struct check *k, FILE *out, struct check_counts *counts);
/* Runs the case a mutation names with the mutation planted. *factor becomes how many times the
 * limit the error is: 0 when the case passed, infinite for an exact class. 0; ERR_ARG when there
 * is no such case; or what kept the case from comparing, which is no catch. */
int check_mutation(struct check *k, const struct mutation *m, double *nmse, double *limit,
                   double *factor);

/* One case again, without an event: what became of it. */
enum { CHECK_TEXT_SIZE = 640 };
struct check_outcome {
    const char *status;         /* pass fail numerics error na */
    char text[CHECK_TEXT_SIZE]; /* one sentence; "" for a pass */
};
struct case_run;
typedef int check_visit_fn(struct case_run *c, void *arg);
/* Prepares case `index` of the fixture and runs it, or calls visit in its place. 0; a visit that
 * fails is told in *out only. */
int check_visit(struct check *k, size_t index, check_visit_fn *visit, void *arg,
                struct check_outcome *out);

/* For cases. */
struct fixture *check_fixture(struct check *k);
const char *check_dtype(const struct check *k);
struct bench *check_bench(struct check *k);
