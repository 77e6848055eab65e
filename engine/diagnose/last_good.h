/* SPDX-License-Identifier: Apache-2.0 */
/* last_good: the same case by two builds of the engine, node by node.
 *
 * Both programs are run as `trace FIXTURE --case ID --nodes --weights`. On one machine and one
 * backend they agree bit for bit as far as nothing has changed between them, so the first node
 * that differs is where the change shows, and what differs there says what kind it is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/diagnose/diagnosis.h"

struct last_good {
    const char *suspect, *good; /* programs */
    const char *folder, *case_id, *backend, *dtype;
    int64_t budget_ns; /* of each program */
};

/* 0: *d is explained when something differs; a failure when a program could not trace the case,
 * as one that is too old to know how. */
int last_good_compare(struct diagnosis *d, const struct last_good *what);
