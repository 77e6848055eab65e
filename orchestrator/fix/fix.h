/* SPDX-License-Identifier: Apache-2.0 */
/* fix: from the cluster of a failure to a proven change, or to the reason why there is none.
 *
 * The way is a table of steps. What a step found is LOGS/fix/ID/STEP.json as soon as it has ended,
 * so whoever was killed goes on behind the last one; what was begun and not ended is done anew,
 * and each step can be. ID is made from cluster, base and driver: the same question finds the same
 * answer. Each step's begin and end are in the audit before anything goes on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/role.h"
#include "orchestrator/fix/record.h"
#include "orchestrator/fix/rerun.h"
#include "orchestrator/fix/target.h"
#include "orchestrator/proof/proof.h"

struct decoys;
struct json;
struct json_writer;
struct loop;
struct place;

/* Why a fix ended. The first two are what it is for. */
#define FIX_OUTCOME_MAP(X)                                                                 \
    X(OPENED, "opened", "a pull request is open")                                          \
    X(READY, "ready", "proven; nobody asked for a pull request, or nothing can be pushed") \
    X(NOT_REPRODUCED, "not_reproduced", "it does not fail that way at the base")           \
    X(NO_CULPRIT, "no_culprit", "the bisection names no commit")                           \
    X(REFUSED, "refused", "what was proposed may not be")                                  \
    X(NO_PROPOSAL, "no_proposal", "the driver did not come to a proposal")                 \
    X(UNBUILDABLE, "unbuildable", "with the change it does not build, or cannot be swept") \
    X(NOT_MENDED, "not_mended", "with the change it still fails")                          \
    X(LOST, "lost", "with the change other cases do not pass any more")                    \
    X(HOLLOW, "hollow", "with the change a case passes that was made to fail")             \
    X(UNCONTROLLED, "uncontrolled", "without the change it does not fail any more")        \
    X(UNPROVEN, "unproven", "the bundle does not prove what it claims")                    \
    X(TURNED_DOWN, "turned_down", "the reviewer stopped it")                               \
    X(RULES, "rules", "no message keeps the rules")                                        \
    X(CONFLICT, "conflict", "it conflicts with the upstream")                              \
    X(TAKEN, "taken", "somebody else has committed to its branch")                         \
    X(MOVED, "moved", "the upstream moved, so that it is proven no more")                  \
    X(CAPPED, "capped", "enough was begun in these 24 hours")

enum fix_outcome {
    FIX_NONE,
#define X(name, word, text) FIX_##name,
    FIX_OUTCOME_MAP(X)
#undef X
        FIX_OUTCOMES
};
const char *fix_outcome_name(enum fix_outcome o); /* "opened"; "" for FIX_NONE */
const char *fix_outcome_text(enum fix_outcome o);
enum fix_outcome fix_outcome_find(const char *name); /* FIX_NONE when it is none */

struct fix_options {
    const char *role;            /* a role file; NULL = fix.role of noctule.json */
    const char *cluster, *run;   /* run NULL = the newest that has it */
    const char *base;            /* NULL = the upstream, else HEAD */
    const char *culprit;         /* NULL = ask the bisection where the driver wants one */
    const char *cache;           /* of the bisection; NULL = its own */
    const char *build;           /* {build} of the checkout, for the bisection */
    struct attempt_spec attempt; /* driver, patch, command, model …; role and commit are ours */
    struct attempt_spec review;  /* the same for the reviewer; driver NULL = nobody reviews */
    bool cells_only;             /* do not sweep what lies beside the cluster's cells */
    bool dry_run;                /* nothing is pushed and no request is sent */
    bool no_pr;                  /* the same, and nothing is fetched */
    bool draft;                  /* the pull request is not to be merged yet */
    bool fresh;                  /* forget what an earlier call found */
};

struct fix {
    struct arena arena;
    const struct fix_options *options;
    struct place *place;
    struct loop *loop;
    const volatile bool *stop;
    struct commits *commits; /* in memory: nothing is written before the last steps */
    const char *folder;      /* LOGS/fix/ID */
    const char *prefix;      /* of the subject below the top of its checkout */
    char base[REPO_HEX_SIZE];
    bool has_upstream;
    struct role role;
    struct target target;
    struct fix_record record;
    struct proof proof; /* filled step by step */
    const char *trailers;
    char commit[REPO_HEX_SIZE]; /* the one that is landed */
    enum fix_outcome outcome;
    const char *reason; /* a sentence behind the outcome */
};

struct fix_step {
    const char *name;  /* "reproduce" */
    const char *doing; /* "running the base", for people */
    /* Does it, and writes what load() wants into the open object. 0 = go on; EXIT_FAILED = it ends
     * here, by fix_end(); or a negative ERR_: the same call goes on later. */
    int (*run)(struct fix *f, struct json_writer *w);
    /* As if run() had been called. NULL: there is nothing to know. */
    int (*load)(struct fix *f, struct json at);
};
/* In order, ended by NULL. */
extern const struct fix_step *const fix_steps[];

/* All of it. 0: look at outcome; ERR_STOPPED; else why it could not go on. fix_done() in any
 * case. */
int fix_run(struct fix *f, const struct fix_options *options, struct place *place,
            struct loop *loop, const volatile bool *stop);
void fix_done(struct fix *f); /* copes with a zeroed struct */

/* For steps. Sets why it ends and returns EXIT_FAILED. */
int fix_end(struct fix *f, enum fix_outcome o, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Where it is offered: "git" of noctule.json as it stands upstream (guard/standing.h). */
struct settings;
int fix_settings(struct fix *f, struct settings *out);
/* A file in the folder, in the arena. */
const char *fix_path(struct fix *f, const char *name);
/* Runs this program again, for what is a command of its own. *out: its stdout; said: the last line
 * of its stderr, in the arena. 0 and its exit status, or a negative ERR_. */
int fix_ask(struct fix *f, const char *const *words, const char *cwd, struct buf *out, int *status,
            const char **said);
/* A tree to be built and swept, its journals below `label`; see struct rerun_spec. */
struct fix_sweep {
    const char *tree, *label;
    const char *built; /* the label of an earlier call for the same tree, or NULL */
    bool everything;   /* unless the options say cells_only */
    const struct decoys *decoys;
    bool decoys_alone; /* not once as it is */
};
int fix_rerun(struct fix *f, struct rerun *out, const struct fix_sweep *sweep);
/* The receipt of an attempt into the audit. */
int fix_note_attempt(struct fix *f, const char *receipt);
/* All of the proof that does not depend on a step. */
int fix_seal(struct fix *f);
const char *fix_branch(struct fix *f); /* "noctule/fix/0123456789ab" */
const char *fix_annex(struct fix *f);  /* what git calls the checkout of it */
/* Before the steps: cluster, role, base, and with them the folder. 0 or why not. */
int fix_aim(struct fix *f);
