/* SPDX-License-Identifier: Apache-2.0 */
/* diary: logs/bisect/ID/bisect.ndjson, the journal of one bisection: what was asked, then each run
 * and what it said, synced line by line, so that one that was killed goes on where it was.
 *
 * ID is a hash of the question: the same question again finds the same diary. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/bisect/belief.h"
#include "orchestrator/bisect/question.h"

struct arena;
struct diary;

/* The question with the ways in which it is asked. All of it is in the first line. */
struct diary_question {
    struct question asked;
    bool any;         /* any failure counts */
    bool own_fixture; /* each commit's own */
    double flake;     /* given by the user; −1 = from history */
    double confidence;
    int verify_runs, max_builds;
};

struct diary_run {
    const char *commit;
    enum outcome outcome;
    const char *status;    /* attempt status, or "unbuildable" */
    const char *signature; /* "" without one */
    const char *what;      /* one line, "" for a pass */
    const char *fixture;   /* "tip", "own", "" when nothing was run */
    const char *note;      /* "" or "revert": that tree, not the commit's */
    double ms, build_ms;   /* build_ms 0: it was there */
};

/* The folder of the question below logs/bisect, in the arena. */
const char *diary_folder(struct arena *arena, const char *logs, const struct diary_question *q);

/* Begins the diary in folder, or takes up the one that is there: *runs (in the arena) are what it
 * holds, *finished that it came to its end, and the question's rates and signature become those of
 * its first line. 0, ERR_IO, ERR_FORMAT. */
int diary_open(struct diary **out, struct arena *arena, const char *folder,
               struct diary_question *q, struct diary_run **runs, size_t *len, bool *finished);
void diary_close(struct diary *d); /* NULL is fine */
/* Each is on disk when it returns. 0 or ERR_IO. */
int diary_add_run(struct diary *d, const struct diary_run *run);
int diary_add_signature(struct diary *d, const char *signature);
/* text: a JSON object, the answer. */
int diary_finish(struct diary *d, const char *answer);
const char *diary_outcome_name(enum outcome o); /* "pass", "fail", "other", "skip" */
