/* SPDX-License-Identifier: Apache-2.0 */
/* content: the bytes of single files of a tree, read and put. */
#pragma once

#include <stddef.h>

#include "orchestrator/git/repo.h"

struct arena;
struct commits;

/* path: below the top of the tree (40 digits). *text is NUL-terminated and in arena. 0;
 * ERR_NOTFOUND when the tree, or a plain file of it there, is not; ERR_LIMIT above max bytes. */
int content_read(const struct commits *c, struct arena *arena, const char *tree, const char *path,
                 size_t max, const char **text, size_t *len);

/* The same, by the symbolic links that lead there, as the disk goes: those that stay in the tree.
 * ERR_NOTFOUND only where nothing has that name; ERR_FORMAT where a link leads out of the tree or
 * to nothing, and where a folder or a submodule has the name of the file; ERR_IO, ERR_LIMIT. */
int content_follow(const struct commits *c, struct arena *arena, const char *tree, const char *path,
                   size_t max, const char **text, size_t *len);

/* A file that is there: other bytes for it, or none. */
struct content_edit {
    const char *path; /* below the top of the tree */
    const char *text; /* [len]; NULL = the file goes */
    size_t len;
};

/* The tree with those files so, each once; modes stay. 0, ERR_NOTFOUND as above, ERR_IO. */
int content_edit(const struct commits *c, const char *tree, const struct content_edit *edits,
                 size_t count, char out[REPO_HEX_SIZE]);
