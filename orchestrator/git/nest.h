/* SPDX-License-Identifier: Apache-2.0 */
/* nest: a folder among the files of a tree that git takes for a repository, though it is not called
 * .git. Whoever calls git in it, or below, runs what its config says (core.fsmonitor). */
#pragma once

#include <stdbool.h>

struct git_tree;

/* Whether path, of a file of the tree, is a part of one. */
bool nest_holds(const struct git_tree *tree, const char *path);
