/* SPDX-License-Identifier: Apache-2.0 */
/* compile: whether each commit of a range builds, in a tree of its own. */
#pragma once

#include <stdbool.h>

struct arena;
struct commits;
struct loop;
struct view_range;

/* Fills `build` of every view that has not failed before. commands: argument lists,
 * NULL-terminated, run in the folder prefix ("" or "sub/") of the tree, where {build} is a folder
 * beside it; both below cache. 0, ERR_IO, ERR_STOPPED. */
int compile_range(struct view_range *range, const struct commits *c, struct arena *arena,
                  const char ***commands, const char *cache, const char *prefix, struct loop *loop,
                  const bool *stop);
