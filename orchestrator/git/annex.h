/* SPDX-License-Identifier: Apache-2.0 */
/* annex: a second checkout of the repository, git's own "linked worktree", where a branch is worked
 * on while the user's checkout stays as it is. */
#pragma once

struct commits;

/* folder becomes a checkout of branch `name`. What an earlier annex of that name left is removed
 * first, so that one whose owner was killed is no hindrance. The handle must be opened to write. 0
 * or ERR_IO. */
int annex_open(const struct commits *c, const char *name, const char *branch, const char *folder);
/* Removes the folder and what git knows of it; the branch stays. Fine when it is not there. */
int annex_remove(const struct commits *c, const char *name, const char *folder);
