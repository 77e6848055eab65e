/* SPDX-License-Identifier: Apache-2.0 */
/* replay: commits made anew on another base, and many made one; in memory, no file is touched.
 *
 * Nothing is resolved: where two sides changed the same, the conflict is told with both sides, and
 * nothing is made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/git/repo.h"

struct arena;
struct commits;

struct replay_conflict {
    const char *path;
    const char *base, *ours, *theirs; /* 40 digits of the blob; "" = it is not there */
    const char *text;                 /* both sides between git's marks; NULL = no text */
    bool binary;
};

struct replay {
    char tip[REPO_HEX_SIZE];           /* the new commit, when there is no conflict */
    size_t picked, dropped;            /* commits made anew; those that changed nothing any more */
    char at[REPO_HEX_SIZE];            /* the commit that conflicts */
    struct replay_conflict *conflicts; /* [conflict_count] in arena */
    size_t conflict_count;
};

enum { REPLAY_COMMITS_MAX = 1000, REPLAY_TEXT_MAX = 256 << 10 };

/* What leads to tip and not to onto, on onto. A conflict is no error. 0; ERR_UNSUPPORTED when a
 * merge is among them, or the two have no history in common; ERR_LIMIT; ERR_IO. */
int replay_onto(const struct commits *c, struct arena *arena, const char *tip, const char *onto,
                struct replay *out);
/* One commit with the tree of tip on the merge base of tip and onto. message NULL: that of the
 * oldest commit between them. Author: the oldest's. *count: how many it stands for. 0; ERR_NOTNOW
 * when there is none; ERR_UNSUPPORTED; ERR_IO. */
int replay_squash(const struct commits *c, const char *tip, const char *onto, const char *message,
                  char out[REPO_HEX_SIZE], size_t *count);
/* ERR_NOTNOW when tip has the very files that it had where it was one with onto. */
int replay_want_change(const struct commits *c, const char *tip, const char *onto);
/* Where tip and onto were one. ERR_UNSUPPORTED when they never were. */
int replay_base(const struct commits *c, const char *tip, const char *onto,
                char out[REPO_HEX_SIZE]);
