/* SPDX-License-Identifier: Apache-2.0 */
/* compare: two runs, case by case, whatever their order or scope. By id, never by count. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/change.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/store/shifts.h"

struct arena;
struct buf;
struct db;

struct compare_row {
    const char *cell, *case_name;
    enum verdict before, now;
    enum change change;
    const char *message; /* of the later run */
};

struct compare {
    struct run before, now;
    struct compare_row *rows; /* [len] those that changed, worst first */
    size_t len;
    int64_t count[CHANGE_COUNT];
    int64_t regressions;
    int64_t outside;          /* cases of one run that the filters of the other left out */
    struct shift_row *shifts; /* [shift_len] that runs after `before` found, up to `now` */
    size_t shift_len;
};

/* 0 or ERR_IO. Rows live in the arena. */
int compare_runs(struct compare *out, struct db *db, struct arena *arena, const struct run *before,
                 const struct run *now);
/* arena is room to sort in. */
void compare_print_table(struct buf *out, struct arena *arena, const struct compare *c);
void compare_print_json(struct buf *out, const struct compare *c);
