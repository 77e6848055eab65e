/* SPDX-License-Identifier: Apache-2.0 */
/* summary: what a person reads at the end of a sweep. Every figure is asked of the index. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct db;

struct summary {
    int64_t red;         /* cases */
    int64_t regressions; /* cases that changed for the worse, and cases gone that passed */
    int64_t not_passed;  /* red, infra or missing */
    int64_t xpass;       /* that a strict entry expects to fail */
    int64_t quarantined; /* failed or flaky; those of them that are red count in not_passed */
    int64_t quarantined_red;
};

/* The table of model × variant, the failures, what changed. 0 or ERR_IO. */
int summary_print(struct buf *out, struct db *db, int64_t run, struct summary *figures);
