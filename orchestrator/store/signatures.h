/* SPDX-License-Identifier: Apache-2.0 */
/* signatures: causes that were seen, each once, however often and wherever. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

/* A string is never NULL. */
struct signature_row {
    int64_t id;
    int algo;         /* version of the algorithm that made hash */
    const char *hash; /* 32 hex digits */
    const char *class, *layer;
    const char *rule; /* "" when no rule knew it */
    int rule_version;
    const char *template; /* the masked text behind hash */
    int64_t first_run, last_run;
    const char *first_run_name;
    int64_t cases, cells;        /* in the run asked for */
    const char *what, *location; /* of its first occurrence there */
};

/* Those of a run, the most cases first. run 0 = over all runs. 0 or ERR_IO. */
int signatures_of_run(struct db *db, struct arena *arena, int64_t run, struct signature_row **out,
                      size_t *len);
/* Finds or adds; moves last_run. For the writer. */
int signatures_put(struct db *db, const struct signature_row *row, int64_t run, int64_t *id);
