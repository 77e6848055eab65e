/* SPDX-License-Identifier: Apache-2.0 */
/* compile: whether each commit of a range builds, in a tree of its own. */
#pragma once

#include <stdbool.h>

struct arena;
struct commits;
struct loop;
struct view_range;

/* Fills `build` of every view. commands: argument lists, NULL-terminated, where {build} is a
 * folder beside the tree; both below cache. 0, ERR_IO, ERR_STOPPED. */
int compile_range(struct view_range *range, const struct commits *c, struct arena *arena,
                  const char ***commands, const char *cache, struct loop *loop, const bool *stop);
