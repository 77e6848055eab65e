/* SPDX-License-Identifier: Apache-2.0 */
/* flakes: cases that passed and failed though nothing changed.
 *
 * Nothing changed between attempts at the same case of the same cell, on the same machine, at the
 * same commit with the same program; where a checkout had changes that are not committed, or is in
 * no git, only within one run. Only attempts of such a place count that also saw a pass: where all
 * failed the case is broken, and says nothing of chance. A single failure at a commit is not
 * counted therefore, which makes a rate lower than it is for commits that were swept once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"

struct arena;
struct db;

enum { FLAKES_RUNS = 200 /* how many runs back */ };

/* A string is never NULL. */
struct flake_row {
    int64_t cell, case_id;
    const char *cell_name, *case_name, *family, *label;
    int64_t attempts, fails;     /* where it passed too */
    int64_t places;              /* commits (or runs) on which it did both */
    int64_t first_run, last_run; /* of its failures there */
    const char *first_run_name, *last_run_name;
    const char *first_message; /* of the first of them: a rerun does not erase it */
    enum verdict verdict;      /* in the newest run that has it, up to the one asked for */
};

/* Those known up to a run, most failures first. here: only those that did both on the commit of
 * that very run. 0 or ERR_IO. */
int flakes_list(struct db *db, struct arena *arena, int64_t run, bool here, struct flake_row **out,
                size_t *len);
