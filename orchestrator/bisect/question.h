/* SPDX-License-Identifier: Apache-2.0 */
/* question: which case of which cell fails how, and between which commits it began to. What the
 * user does not say is taken from the history of sweeps. */
#pragma once

#include <stdint.h>

#include "orchestrator/git/repo.h"
#include "orchestrator/triage/signature.h"

struct arena;
struct commits;
struct db;

/* What the user said; NULL or 0 = nothing. */
struct question_words {
    const char *cluster; /* a cluster, or the beginning of a signature */
    const char *cell, *case_name;
    const char *good, *bad; /* commits */
    const char *run;        /* the run in which it fails */
};

struct question {
    const char *cell, *case_name;
    char signature[SIGNATURE_SIZE]; /* "" = not known before the bad end was run */
    char good[REPO_HEX_SIZE], bad[REPO_HEX_SIZE];
    /* What the sweeps saw: runs before the fault and false failures among them; runs since, and
     * passes among those. */
    int sound_runs, sound_fails, broken_runs, broken_passes;
    double longest_pass_ms; /* 0 = never passed */
    const char *what;       /* the failure in one line, "" when not known */
};

/* 0, or ERR_ARG when they name no case, wherever that is asked. */
int question_check(const struct question_words *words);
/* db may be NULL: nothing was swept here. Strings live in the arena. 0; ERR_NOTNOW when good or bad
 * cannot be told; ERR_NOTFOUND; ERR_IO. */
int question_find(struct question *out, struct arena *arena, struct db *db,
                  const struct commits *commits, const struct question_words *words);
