/* SPDX-License-Identifier: Apache-2.0 */
/* noctule fix: a cluster mended under the rules, or the reason why not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/wish.h"
#include "orchestrator/fix/caps.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/place.h"

enum { MOVES_MAX = 3 };

struct options {
    struct fix_options fix;
    struct wish wish;
    const char *driver;
    bool json;
};

#define FIX(field) offsetof(struct options, fix.field)
#define OWN(field) offsetof(struct options, field)
/* clang-format off */
static const struct opt opts[] = {
    {OPT_STR, "run", 0, FIX(run), "RUN", 0, 0,
     "The run whose cluster is meant; usually the newest that has it."},
    {OPT_STR, "driver", 0, OWN(driver), "NAME", 0, 0,
     "Who proposes: bisect-and-revert (the default), patch, command or model."},
    {OPT_STR, "role", 0, FIX(role), "FILE", 0, 0,
     "The role whose policy holds; usually fix.role of noctule.json."},
    {OPT_STR, "base", 0, FIX(base), "COMMIT", 0, 0,
     "What is mended; usually the upstream as it is now, or HEAD where there is none."},
    {OPT_STR, "culprit", 0, FIX(culprit), "COMMIT", 0, 0,
     "Who did it; usually what noctule bisect says."},
    {OPT_GROUP, "attempt", 0, OWN(wish), wish_opts, 0, 0, NULL},
    {OPT_STR, "review-model", 0, FIX(review.model), "NAME", 0, 0,
     "The model that reviews; without one, and without fix.review in noctule.json, nobody does."},
    {OPT_STR, "review-replay", 0, FIX(review.replay), "FILE", 0, 0,
     "Answer the reviewer from such a file."},
    {OPT_STR, "build", 0, FIX(build), "FOLDER", 0, 0,
     "What {build} stands for in this checkout; for the bisection."},
    {OPT_STR, "cache", 0, FIX(cache), "FOLDER", 0, 0,
     "Where the bisection builds commits; usually below ~/.cache/noctule."},
    {OPT_FLAG, "cells-only", 0, FIX(cells_only), NULL, 0, 0,
     "Sweep the cells of the cluster and no others: nothing is known of the rest."},
    {OPT_FLAG, "no-pr", 0, FIX(no_pr), NULL, 0, 0,
     "End with the proof: nothing is fetched or pushed."},
    {OPT_FLAG, "dry-run", 0, FIX(dry_run), NULL, 0, 0,
     "Do all but push, and print every request that a pull request would make."},
    {OPT_FLAG, "draft", 0, FIX(draft), NULL, 0, 0,
     "The pull request is not to be merged yet."},
    {OPT_FLAG, "fresh", 0, FIX(fresh), NULL, 0, 0,
     "Begin again, though this was asked before."},
    {OPT_FLAG, "json", 0, OWN(json), NULL, 0, 0, "Print the record, as JSON."},
    OPT_END_ROW,
};
/* clang-format on */

static const struct options defaults = {.driver = "bisect-and-revert"};

/* A model where one is named, else the command of noctule.json, else nobody. */
static void fill_review(struct options *o, const struct config_fix *rules) {
    struct attempt_spec *r = &o->fix.review;
    const struct attempt_spec *a = &o->fix.attempt;
    r->dialect = a->dialect;
    r->key = a->key;
    r->base_url = a->base_url;
    r->usd_in = a->usd_in;
    r->usd_out = a->usd_out;
    r->least = a->least;
    r->only = a->only;
    r->command = r->model ? NULL : (const char *const *)rules->review;
    r->driver = r->model ? driver_find("model") : rules->review ? driver_find("command") : NULL;
}

/* What ended before anything was begun has no folder, and is told all the same. */
static int show_json(struct fix *f) {
    struct fix_record told = f->record;
    struct json_writer w;
    struct buf text;
    const char **missing[] = {&told.tree, &told.commit, &told.culprit};
    for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
        if (!*missing[i])
            *missing[i] = "";
    told.state = "ended";
    told.outcome = fix_outcome_name(f->outcome);
    told.reason = f->reason;
    buf_init(&text, FIX_RECORD_FILE_MAX);
    json_writer_init(&w, &text, 2);
    json_open_object(&w, NULL);
    fix_record_put(&w, &told);
    json_close_object(&w);
    int rc = buf_ok(&text, "the record of a fix");
    if (rc == 0)
        puts(text.data);
    buf_done(&text);
    return rc;
}

static int show(const struct options *o, struct fix *f) {
    bool good = f->outcome == FIX_OPENED || f->outcome == FIX_READY;
    if (o->json) {
        int rc = show_json(f);
        if (rc < 0)
            return rc;
    } else {
        printf("%s: %s\n", fix_outcome_name(f->outcome), f->reason);
        if (good)
            printf("proof  %s/proof.md\n", f->folder);
        if (good && *f->record.commit)
            printf("branch %s, commit %.12s\n", fix_branch(f), f->record.commit);
    }
    return good ? EXIT_OK : EXIT_FAILED;
}

/* The upstream may move while a fix is proven; then it is proven anew, a few times. */
static int mend(struct options *o, struct place *place, struct loop *loop) {
    struct fix f;
    for (int i = 0;; i++) {
        int rc = fix_run(&f, &o->fix, place, loop, stop_on_signals());
        bool again = rc == 0 && f.outcome == FIX_MOVED && i < MOVES_MAX;
        if (again)
            log_info("%s; once more on what it is now", f.reason);
        else if (rc == 0)
            rc = show(o, &f);
        fix_done(&f);
        if (!again)
            return rc;
    }
}

static int guarded(struct options *o, struct place *place, struct loop *loop) {
    const char *folder = arena_printf(&place->arena, "%s/fix", place->logs);
    struct lock *lock = NULL;
    int rc = caps_switch(place->logs);
    if (rc == 0)
        rc = file_make_dirs(folder);
    if (rc == 0)
        rc = lock_take(&lock, folder, loop, true, stop_on_signals());
    if (rc < 0)
        return rc;
    pid_t watcher = caps_watch(place->logs);
    rc = watcher < 0 ? (int)watcher : mend(o, place, loop);
    if (rc == ERR_STOPPED && caps_switch(place->logs) == 0)
        rc = err_set(ERR_STOPPED, "stopped; the same command goes on");
    caps_unwatch(watcher);
    lock_release(lock);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    struct options o = *(const struct options *)options;
    struct place place;
    struct loop *loop = NULL;
    if (argc < 1)
        return err_set(ERR_ARG, "which cluster? noctule clusters tells");
    o.fix.cluster = argv[0];
    int rc = place_open(&place, o.fix.build);
    if (rc < 0)
        return rc;
    rc = loop_new(&loop);
    if (rc == 0)
        rc = wish_fill(&o.fix.attempt, &place.arena, &o.wish, o.driver, argv + 1, argc - 1);
    if (rc == 0) {
        fill_review(&o, &place.config.fix);
        rc = guarded(&o, &place, loop);
    }
    loop_free(loop);
    place_close(&place);
    return rc;
}

const struct cmd cmd_fix = {
    .name = "fix",
    .args = "CLUSTER [-- COMMAND …]",
    .summary =
        "Mends what a cluster shows, under the rules: reproduced, proposed, verified, with a "
        "negative control, as one pull request with its proof; or says why not.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
