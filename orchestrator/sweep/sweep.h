/* SPDX-License-Identifier: Apache-2.0 */
/* sweep: a run from its plan to its last verdict.
 *
 * planned = recorded: whatever happens to workers, to this process or to the disk, each planned
 * case has one verdict in the end; a run that was stopped is finished by resuming it, and one
 * that is never resumed is closed, its open cases missing, when the next one begins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/sweep/config.h"
#include "orchestrator/sweep/plan.h"

struct db;
struct loop;
struct record;
struct run;

/* Called when every case has its verdict and before the run is closed: what it adds to the record
 * is part of the run. reference: the run that it is compared with, 0 = none. 0 or a negative ERR_,
 * and then the run is not closed. */
typedef int sweep_ending_fn(void *arg, struct record *record, const struct run *run,
                            int64_t reference);

struct sweep_options {
    struct plan_filter filter;
    int64_t workers;     /* at once; 0 = as the config says */
    bool resume;         /* finish the newest run */
    bool no_build;       /* take the programs as they are */
    bool ledger;         /* the run is to have an entry there, which its journal says */
    bool sandbox;        /* each program of the subject in one of its own (ward.h) */
    const char *require; /* the level that it needs, as sandbox_level_parse(); NULL = the best */
    const char *level;   /* the level that it has; NULL = the best there is */
    const char *build;   /* what {build} stands for */
    sweep_ending_fn *ending; /* NULL = nobody has anything to add */
    void *ending_arg;
};

/* The lock is held, db is up to date with logs. *run is the run's id once there is one, also on
 * failure. *stop (a signal) ends it in order. 0 when every case has its verdict; ERR_STOPPED,
 * ERR_IO (a full disk: resume it), ERR_NOTFOUND, ERR_ARG. */
int sweep_run(const struct config *config, const struct sweep_options *options, struct db *db,
              const char *logs, struct loop *loop, const bool *stop, int64_t *run);
