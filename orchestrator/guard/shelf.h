/* SPDX-License-Identifier: Apache-2.0 */
/* shelf: the noctule.json of a commit, which nobody can change any more, and the files that it
 * names. Symbolic links are followed as the disk would, within the tree. */
#pragma once

#include <stddef.h>

struct arena;
struct commits;

struct shelf {
    const struct commits *commits;
    const char *tree;   /* 40 digits */
    const char *folder; /* of the noctule.json in it, "" or "sub/" */
    const char *name;   /* "0123456789ab:sub/noctule.json" */
    const char *text;   /* [len] of it */
    size_t len;
};

/* The noctule.json of the folder prefix ("" or "sub/") in the commit (40 digits), or the nearest
 * above it: one that a range, or nobody yet, put into a folder of its own takes nothing away. 0;
 * ERR_NOTFOUND where there is none; ERR_FORMAT where what has the name is no file of the tree;
 * ERR_IO, ERR_LIMIT. */
int shelf_find(struct shelf *out, struct arena *arena, const struct commits *c, const char *id,
               const char *prefix);
/* A policy_reader over a shelf: a preset that is a file of the tree; what lies outside of it no
 * commit can change. */
int shelf_preset(const void *shelf, struct arena *arena, const char *path, const char **text,
                 size_t *len);
