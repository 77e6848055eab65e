/* SPDX-License-Identifier: Apache-2.0 */
/* branch: the branch that is checked out: what it is at, what is new there, and moving it.
 *
 * A move never loses anything: the old tip is kept as refs/noctule/archive/ID before, files that
 * were changed and not committed stop it, and the reference moves only from where it was seen. The
 * handle must be opened to write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/git/repo.h"

struct arena;
struct commits;

struct branch {
    char name[256]; /* "topic"; "" = HEAD is detached */
    char id[REPO_HEX_SIZE];
};
/* 0, or ERR_NOTNOW when HEAD is detached, there is no commit yet or the repository is bare. */
int branch_read(const struct commits *c, struct branch *out);

enum branch_place { BRANCH_STAGED, BRANCH_CHANGED, BRANCH_UNTRACKED, BRANCH_CONFLICTED };
struct branch_file {
    const char *path;
    enum branch_place place;
};
struct branch_files {
    struct branch_file *rows; /* [len] in arena; a file that is staged and changed stands twice */
    size_t len;
    bool tracked; /* one of them is more than untracked */
};
int branch_files(const struct commits *c, struct arena *arena, struct branch_files *out);
/* "", "merge", "rebase" …: what somebody began here and did not end. */
const char *branch_operation(const struct commits *c);
/* Commits that id has and other lacks, and the other way round. */
int branch_compare(const struct commits *c, const char *id, const char *other, size_t *ahead,
                   size_t *behind);
/* Whether `old` leads to `id`. */
bool branch_descends(const struct commits *c, const char *id, const char *old);

/* 0, ERR_BUSY when it moved meanwhile or a change stands in the way, ERR_IO. */
int branch_move(const struct commits *c, const struct branch *from, const char *to,
                const char *why);
/* Keeps a commit as refs/noctule/archive/ID; fine when it is kept already. */
int branch_archive(const struct commits *c, const char *id);

/* Stages these paths (a file that is gone is taken out), below the top of the checkout. */
int branch_stage(const struct commits *c, const char *const *paths, size_t count);
/* Whether git knows who commits here. 0 or ERR_UNSUPPORTED. */
int branch_check_identity(const struct commits *c);
/* Who else made a commit that `tip` has and `kept` lacks: *who in arena, "" = nobody but whom git
 * knows here. 0 or ERR_IO. */
int branch_others(const struct commits *c, struct arena *arena, const char *tip, const char *kept,
                  const char **who);
/* A commit of the index on top of the branch. 0, ERR_NOTNOW when nothing is staged, ERR_BUSY. */
int branch_commit(const struct commits *c, const struct branch *on, const char *message,
                  char out[REPO_HEX_SIZE]);

/* A commit of tree (40 digits) on parent as the tip of branch `name`, which is made, or moved there
 * with its old tip archived. No checkout is touched. 0; ERR_BUSY when a checkout is at that branch;
 * ERR_NOTNOW when git does not know who commits; ERR_IO. */
int branch_start(const struct commits *c, const char *name, const char *tree, const char *parent,
                 const char *message, char out[REPO_HEX_SIZE]);
