/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/dash/dash.h"
#include "orchestrator/fix/mend.h"
#include "orchestrator/hook/tidings.h"
#include "orchestrator/ledger/ledger.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/place.h"
#include "orchestrator/sweep/summary.h"
#include "orchestrator/sweep/sweep.h"

struct options {
    struct sweep_options sweep;
    bool no_wait, bare;
};

static const struct opt opts[] = {
    {OPT_GROUP, "filter",   0,   offsetof(struct options, sweep.filter),   plan_filter_opts, 0, 0,    NULL},
    {OPT_INT,   "workers",  'j', offsetof(struct options, sweep.workers),  "N",              1, 4096,
     "How many workers at once; usually one per core."                                                    },
    {OPT_FLAG,  "resume",   0,   offsetof(struct options, sweep.resume),   NULL,             0, 0,
     "Finish the newest run, which was stopped or killed."                                                },
    {OPT_FLAG,  "no-build", 0,   offsetof(struct options, sweep.no_build), NULL,             0, 0,
     "Take the subject's programs as they are."                                                           },
    {OPT_FLAG,  "no-wait",  0,   offsetof(struct options, no_wait),        NULL,             0, 0,
     "Fail, instead of waiting, when another sweep of this checkout is running."                          },
    {OPT_FLAG,  "sandbox",  0,   offsetof(struct options, sweep.sandbox),  NULL,             0, 0,
     "Run each program of the subject in a sandbox of its own, which reads the checkout and writes "
     "none of it: for code that nobody trusts. fix.readable and fix.environment are in it."               },
    {OPT_STR,   "require",  0,   offsetof(struct options, sweep.require),  "LEVEL",          0, 0,
     "With --sandbox, the least level: namespaces (the default), landlock or limits."                     },
    {OPT_STR,   "level",    0,   offsetof(struct options, sweep.level),    "LEVEL",          0, 0,
     "With --sandbox, this level though a better one is there."                                           },
    {OPT_FLAG,  "bare",     0,   offsetof(struct options, bare),           NULL,             0, 0,
     "Only journal, index and logs: no summary, no ledger, no dashboard, no hooks."                       },
    {OPT_STR,   "build",    0,   offsetof(struct options, sweep.build),    "FOLDER",         0, 0,
     "What {build} stands for in noctule.json; usually the folder of this program, else "
     "build, when that lies outside of the checkout."                                                     },
    OPT_END_ROW,
};

static const bool *stop;

static int status_of(const struct summary *figures) {
    bool failed = figures->not_passed > figures->quarantined_red || figures->regressions;
    return failed || figures->xpass ? EXIT_FAILED : EXIT_OK;
}

/* The number alone. */
static int judge(struct db *db, int64_t run) {
    struct buf out;
    struct summary figures;
    buf_init(&out, 16 << 20);
    int rc = summary_print(&out, db, run, &figures);
    buf_done(&out);
    return rc < 0 ? rc : status_of(&figures);
}

/* The run is over: what a person wants to know, and the exit code that says it in one number. */
static int report(const struct place *place, struct db *db, int64_t run) {
    struct buf out, entry;
    struct summary figures;
    buf_init(&out, 16 << 20);
    buf_init(&entry, 64 << 10);
    int rc = summary_print(&out, db, run, &figures);
    fputs(out.data, stdout);
    if (rc == 0)
        rc = ledger_write(db, run, place->ledger, &entry);
    if (rc == 0)
        rc = dash_write(db, place->logs, place->dashboard);
    if (rc == 0)
        printf("\nledger     %s\ndashboard  %s/index.html\n", entry.data, place->dashboard);
    buf_done(&out);
    buf_done(&entry);
    return rc < 0 ? rc : status_of(&figures);
}

static int sweep(const struct options *o, const struct place *place, struct loop *loop) {
    struct lock *lock;
    struct db *db = NULL;
    int64_t lines, run_id = 0;
    int rc = lock_take(&lock, place->logs, loop, !o->no_wait, stop);
    if (rc < 0)
        return rc;
    rc = db_open(&db, place->db, DB_CREATE);
    if (rc == 0)
        rc = index_sync(db, place->logs, &lines);
    if (rc == 0 && !o->bare && ledger_catch_up(db, place->ledger) < 0)
        log_warn("%s", err_text()); /* who sweeps on will be told that nothing is written */
    struct sweep_options options = o->sweep;
    struct mend_place mends = {db, place->logs, place->root};
    options.build = place->build;
    options.ledger = !o->bare;
    options.ending = mend_record;
    options.ending_arg = &mends;
    if (rc == 0)
        rc = sweep_run(&place->config, &options, db, place->logs, loop, stop, &run_id);
    bool ran = rc == 0;
    if (ran && o->bare)
        rc = judge(db, run_id);
    else if (ran)
        rc = report(place, db, run_id);
    /* What hooks make of it does not change what was found; they may sweep themselves. */
    lock_release(lock);
    if (ran && !o->bare && tidings_tell(place, db, run_id) < 0)
        log_warn("no hook was told: %s", err_text());
    db_close(db);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    struct loop *loop;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = place_open(&place, o->sweep.build);
    if (rc < 0)
        return rc;
    rc = loop_new(&loop);
    if (rc == 0) {
        rc = stop_in_loop(loop, &stop);
        if (rc == 0)
            rc = sweep(o, &place, loop);
        loop_free(loop);
    }
    place_close(&place);
    return rc;
}

const struct cmd cmd_sweep = {
    .name = "sweep",
    .args = "",
    .summary = "Runs every case of every cell, and says what changed since the last run.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
