/* SPDX-License-Identifier: Apache-2.0 */
/* closed: the paths of a sandbox's folder that may only be read, as the walls need them.
 *
 * Walls compare names, or stand where a name leads: so each is written in one way, and none is a
 * link or leads through one, which could be made to lead elsewhere. */
#pragma once

#include <stdbool.h>

struct arena;

enum { CLOSED_MAX = 512, CLOSED_PARTS_MAX = 2000 }; /* folders and names of all together */

/* *out, NULL-terminated, in arena: paths without ".", ".." and doubled slashes, none below another;
 * "" for all of tree. may_lack: one that is not there is kept, for a level that holds names. 0,
 * ERR_ARG, ERR_NOTFOUND, ERR_LIMIT. */
int closed_resolve(struct arena *arena, const char *tree, const char *const *paths, bool may_lack,
                   const char *const **out);
/* Whether the path alone would be taken. */
bool closed_can_hold(struct arena *arena, const char *tree, const char *path);
/* The folders between tree and what is closed and there, each once and outer ones first: where they
 * are not held in their place, another can be put into it. NULL-terminated, in arena. */
const char *const *closed_ways(struct arena *arena, const char *tree, const char *const *closed);
/* Whether path, below tree, is closed or lies in what is. */
bool closed_has(const char *const *closed, const char *path);
