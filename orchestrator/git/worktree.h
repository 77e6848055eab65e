/* SPDX-License-Identifier: Apache-2.0 */
/* worktree: a folder that holds the files of a tree, to be built and thrown away.
 *
 * It is none of git's worktrees: the user's checkout, its index and its .git know nothing of it.
 * What it holds stands in FOLDER.tree beside it, so that the next tree costs only what differs:
 * other files keep their times, and a build there goes on from the last one. */
#pragma once

struct commits;

/* Makes folder hold exactly the tracked files of tree; others, which a build made, stay. A folder
 * that holds nobody knows what is emptied first. 0, ERR_IO, or ERR_FORMAT for a path that no
 * checkout should write. */
int worktree_fill(const struct commits *c, const char *folder, const char *tree);
/* rm -rf, and FOLDER.tree. Fine when it is not there. 0 or ERR_IO. */
int worktree_remove(const char *folder);
