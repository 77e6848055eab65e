/* SPDX-License-Identifier: Apache-2.0 */
/* wording: the message of a commit, all of it, as UTF-8. A commit may say that it is written in
 * another encoding; then it is read in that one, as git does to show it. */
#pragma once

#include <git2.h>
#include <stddef.h>

struct arena;
struct commits;

/* *text is in arena and [len], which is more than its strlen() where it holds a NUL. 0; ERR_FORMAT
 * when it cannot be read in the encoding that it says; ERR_IO. */
int wording_read(const struct commits *c, struct arena *arena, const git_commit *commit,
                 const char **text, size_t *len);
