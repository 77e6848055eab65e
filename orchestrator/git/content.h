/* SPDX-License-Identifier: Apache-2.0 */
/* content: the bytes of one file of a tree. */
#pragma once

#include <stddef.h>

struct arena;
struct commits;

/* path: below the top of the tree (40 digits). *text is NUL-terminated and in arena. 0;
 * ERR_NOTFOUND when the tree, or a plain file of it there, is not; ERR_LIMIT above max bytes. */
int content_read(const struct commits *c, struct arena *arena, const char *tree, const char *path,
                 size_t max, const char **text, size_t *len);
