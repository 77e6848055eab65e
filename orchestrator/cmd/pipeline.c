/* SPDX-License-Identifier: Apache-2.0 */
/* noctule pipeline: a night without anybody: sweep, fix, review, pull request. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/fix/caps.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/runs.h"
#include "orchestrator/sweep/place.h"

struct options {
    const char *build, *cache;
    bool update, no_sweep, no_pr, dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "build",    0, offsetof(struct options, build),    "FOLDER", 0, 0,
     "What {build} stands for in noctule.json; usually the folder of this program, else "
     "build, when that lies outside of the checkout."                           },
    {OPT_STR,  "cache",    0, offsetof(struct options, cache),    "FOLDER", 0, 0,
     "Where commits are built; usually below ~/.cache/noctule."                 },
    {OPT_FLAG, "update",   0, offsetof(struct options, update),   NULL,     0, 0,
     "Fetch first, and bring the branch that is checked out up to the upstream."},
    {OPT_FLAG, "no-sweep", 0, offsetof(struct options, no_sweep), NULL,     0, 0,
     "Mend what the newest run shows."                                          },
    {OPT_FLAG, "no-pr",    0, offsetof(struct options, no_pr),    NULL,     0, 0,
     "End with the proofs: nothing is pushed."                                  },
    {OPT_FLAG, "dry-run",  0, offsetof(struct options, dry_run),  NULL,     0, 0,
     "Do all but push, and print every request that a pull request would make." },
    OPT_END_ROW,
};

enum { WORDS_MAX = 512 };

static volatile sig_atomic_t stop;
static volatile pid_t child;

static void on_signal(int signo) {
    stop = 1;
    if (child > 0)
        (void)kill(child, signo);
}

/* This program with other words, its output being ours. Its exit status, or ERR_IO. */
static int ask(const char *self, const char *const *words) {
    char *argv[WORDS_MAX + 1];
    size_t n = 0;
    int status;
    while (words[n])
        n++;
    memcpy(argv, words, (n + 1) * sizeof(*argv));
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return err_errno(ERR_IO, "cannot start %s", words[1]);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        execv(self, argv);
        _exit(EXIT_ERROR);
    }
    child = pid;
    while (waitpid(pid, &status, 0) < 0) {
    }
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ERROR;
}

static int ask_well(const char *self, const char *const *words, int worst) {
    int status = ask(self, words);
    if (stop)
        return err_set(ERR_STOPPED, "stopped; the same command goes on");
    if (status > worst)
        return err_set(ERR_IO, "noctule %s ended with exit status %d", words[1], status);
    return status;
}

static int update(const char *self) {
    static const char *const fetch[] = {"noctule", "git", "fetch", NULL};
    static const char *const rebase[] = {"noctule", "git", "rebase", NULL};
    int rc = ask_well(self, fetch, EXIT_OK);
    return rc == 0 ? ask_well(self, rebase, EXIT_OK) : rc;
}

static int sweep(const char *self, const struct options *o) {
    const char *words[] = {"noctule", "sweep", o->build ? "--build" : NULL, o->build, NULL};
    return ask_well(self, words, EXIT_FAILED);
}

struct night {
    const char *self;
    const struct options *o;
    struct place *place;
    int argc;
    char **argv; /* more words for noctule fix */
    size_t mended, left;
};

static int mend(struct night *n, const struct cluster *c) {
    const char *words[WORDS_MAX + 1] = {"noctule", "fix", c->hash};
    size_t k = 3;
    if (n->o->build) {
        words[k++] = "--build";
        words[k++] = n->o->build;
    }
    if (n->o->cache) {
        words[k++] = "--cache";
        words[k++] = n->o->cache;
    }
    if (n->o->no_pr)
        words[k++] = "--no-pr";
    if (n->o->dry_run)
        words[k++] = "--dry-run";
    for (int i = 0; i < n->argc; i++)
        words[k++] = n->argv[i];
    printf("\n%.12s  %zu %s in %zu %s: %s\n", c->hash, (size_t)c->cases,
           c->cases == 1 ? "case" : "cases", (size_t)c->cells, c->cells == 1 ? "cell" : "cells",
           c->words);
    int status = ask(n->self, words);
    if (stop)
        return err_set(ERR_STOPPED, "stopped; the same command goes on");
    if (status == EXIT_USAGE) /* of the next cause, too */
        return err_set(ERR_ARG, "noctule fix does not take what stands behind --");
    n->mended += status == EXIT_OK;
    n->left += status != EXIT_OK;
    return caps_switch(n->place->logs); /* one that failed does not end the night */
}

static int mend_all(struct night *n) {
    struct db *db = NULL;
    struct run run;
    struct cluster *rows = NULL;
    size_t len = 0;
    int rc = place_open_index(&db, n->place);
    if (rc == 0)
        rc = runs_find(db, &n->place->arena, "last", &run);
    if (rc == 0)
        rc = clusters_of_run(db, &n->place->arena, run.id, &rows, &len);
    db_close(db);
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = mend(n, &rows[i]);
    if (rc == 0 && len)
        printf("\n%zu of %zu causes in %s have a proven change\n", n->mended, len, run.name);
    else if (rc == 0)
        printf("\nNothing is red in %s.\n", run.name);
    return rc < 0 ? rc : n->left ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct options *o = options;
    struct place place;
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return err_errno(ERR_IO, "cannot tell where this program is");
    if (argc > 0 && argv[0][0] != '-')
        return err_set(ERR_ARG, "\"%s\" is no option of noctule fix", argv[0]);
    if (argc > WORDS_MAX / 2)
        return err_set(ERR_ARG, "that is too much for noctule fix");
    self[len] = '\0';
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        (void)signal(signals[i], on_signal);
    int rc = place_open(&place, o->build);
    if (rc < 0)
        return rc;
    rc = caps_switch(place.logs);
    if (rc == 0 && o->update)
        rc = update(self);
    if (rc == 0 && !o->no_sweep)
        rc = sweep(self, o);
    struct night night = {.self = self, .o = o, .place = &place, .argc = argc, .argv = argv};
    if (rc >= 0)
        rc = mend_all(&night);
    place_close(&place);
    return rc;
}

const struct cmd cmd_pipeline = {
    .name = "pipeline",
    .args = "[-- OPTIONS OF noctule fix]",
    .summary = "A night without anybody: sweeps, then mends each cause that is red, within the "
               "caps, as pull requests with their proofs.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
