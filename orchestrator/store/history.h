/* SPDX-License-Identifier: Apache-2.0 */
/* history: the verdicts of one case in one cell through the runs, and nothing else of them, so
 * that a page may ask for each of its cases. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"

struct db;

struct history {
    int64_t run;
    enum verdict verdict;
};

/* The newest `room` of them, newest first. 0 or ERR_IO. */
int history_read(struct db *db, int64_t cell, int64_t case_id, struct history *out, size_t room,
                 size_t *len);
