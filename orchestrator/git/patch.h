/* SPDX-License-Identifier: Apache-2.0 */
/* patch: what changed in a text, as a unified diff that `git apply` takes. */
#pragma once

#include <stddef.h>

struct buf;

/* Appends the diff of one file, named path; nothing when the texts are the same. 0 or ERR_IO. */
int patch_print(struct buf *out, const char *path, const struct buf *before,
                const struct buf *after);
/* Appends a patch with "diff --git A B" before each file that has only --- and +++, as diff -u and
 * people write it: libgit2 wants one. The names are what git apply -p1 takes of them: behind the
 * first slash, without a time, and of two the shorter one, which has no .orig. What has the line
 * already, and what is no patch, comes out as it is. */
void patch_complete(struct buf *out, const char *text, size_t len);
