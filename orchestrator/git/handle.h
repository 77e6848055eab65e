/* SPDX-License-Identifier: Apache-2.0 */
/* handle: what commits.c and worktree.c share, and nobody else includes. */
#pragma once

#include <git2.h>

struct commits {
    git_repository *repo;
    git_odb *odb;
    char *folder;
};

/* ERR_IO (or code) with "<doing> in <folder>: <what git says>". */
int commits_fail(const struct commits *c, int code, const char *doing);
/* A tree by its 40 digits. 0 or ERR_IO. */
int commits_tree(const struct commits *c, const char *hex, git_tree **out);
