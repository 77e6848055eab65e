/* SPDX-License-Identifier: Apache-2.0 */
/* hunt: a bisection carried out: commits are built, the case is run, each run is written down, and
 * what it says is given to the inquiry until that has its answer; then the culprit is taken back
 * on top of the bad end, in memory, to see whether the case passes again. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/opt.h"
#include "orchestrator/bisect/builds.h"
#include "orchestrator/bisect/diary.h"
#include "orchestrator/bisect/inquiry.h"
#include "orchestrator/git/commits.h"

struct exec;
struct loop;
struct rules;

enum hunt_revert {
    HUNT_REVERT_NONE,        /* not tried */
    HUNT_REVERT_PASSES,      /* without the commit the case passes */
    HUNT_REVERT_FAILS,       /* it still fails the same way: something else does it too */
    HUNT_REVERT_OTHER,       /* it fails another way */
    HUNT_REVERT_UNBUILDABLE, /* or the case is not there */
    HUNT_REVERT_CONFLICTS,   /* later commits changed the same lines */
};
const char *hunt_revert_name(enum hunt_revert r); /* "passes" … */

struct hunt_place {
    const char *const *rules; /* of the subject, as in struct config */
    const char *root;         /* the subject's folder in the user's checkout; only read */
    const char *build;        /* what {build} stands for there */
    const char *logs;
    const char *cache;
};

struct hunt {
    struct arena arena;
    struct diary_question question;
    struct opt_list hints; /* paths that the culprit probably touched */
    const struct hunt_place *place;
    struct loop *loop;
    const bool *stop;
    struct commits *commits;
    struct commits_range range;
    struct commits_entry good; /* the good end */
    struct builds builds;
    struct rules *rules;
    struct exec *exec;
    struct inquiry inquiry;
    struct diary *diary;
    const char *folder;      /* of the diary */
    struct diary_run *known; /* [known_len] from the diary, those before `replayed` taken up */
    size_t known_len, replayed;
    int runs, builds_made, unbuildable;
    double build_ms, run_ms;
    enum hunt_revert revert;
    int revert_runs;
    bool old_answer; /* the diary had come to its end before */
};

/* question is what diary.h says; words have been turned into commits. *stop ends it, and the same
 * call goes on. 0 when there is an answer, in inquiry and revert; ERR_STOPPED; else why not. Also
 * on failure hunt_done() must be called. */
int hunt_run(struct hunt *h, const struct diary_question *question, struct commits *commits,
             const struct opt_list *hints, const struct hunt_place *place, struct loop *loop,
             const bool *stop);
void hunt_done(struct hunt *h);
/* The commit at a position of the search; its length is the good end. */
const struct commits_entry *hunt_entry(const struct hunt *h, size_t at);
