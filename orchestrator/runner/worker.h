/* SPDX-License-Identifier: Apache-2.0 */
/* worker: a runner that speaks as docs/subjects.md asks of a worker: a line per event.
 *
 * Each test has a process of its own, whose death is the result of its case and ends nothing else.
 * What it writes is the case's log, and never an event. */
#pragma once

#include <stdbool.h>

#include "engine/base/opt.h"

struct runner;
struct runner_suite;

/* Writes the plan, or runs the cases (all, when none is named) and writes what becomes of them, to
 * the descriptor events. 0 when it came to its end, whatever the results; ERR_* when it could not
 * begin. A case that there is no test for any more is passed over, and said so on stderr. */
int worker_run(const struct runner *r, const struct runner_suite *suite, int events, bool list,
               const struct opt_list *cases);
