/* SPDX-License-Identifier: Apache-2.0 */
/* failures: attempts that failed, with what was made of them then, through many runs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

/* A string is never NULL; figures that were not reported are NAN. */
struct failure_row {
    int64_t run, cell, case_id;
    const char *run_name, *cell_name, *case_name, *type;
    const char *status; /* "crash" */
    const char *message, *worst_key;
    double nmse, limit;
    int signal;
    const char *log; /* below logs/ */
    int64_t log_begin, log_end;
    const char *hash, *rule, *class, *layer; /* rule "" = none knew it */
    int rule_version;
};

/* Those of the newest `runs` runs, oldest first, cell by cell. 0 or ERR_IO. */
int failures_list(struct db *db, struct arena *arena, int64_t runs, struct failure_row **out,
                  size_t *len);
