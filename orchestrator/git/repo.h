/* SPDX-License-Identifier: Apache-2.0 */
/* repo: what a checkout is at, by libgit2. Reads only. */
#pragma once

#include <stdbool.h>

enum { REPO_HEX_SIZE = 41 }; /* 40 digits and a NUL */

struct repo_head {
    char commit[REPO_HEX_SIZE]; /* "" before the first commit */
    char tree[REPO_HEX_SIZE];
    char branch[256]; /* "" when HEAD is detached */
    bool dirty; /* a tracked file differs from the commit, or an untracked one is not ignored */
    char changed[256]; /* the first such path below the top of the checkout, cut; "" when clean */
};

/* Folders of a subject that only record what was done to it; ends with NULL. */
extern const char *const repo_records[];

/* The checkout that holds folder. Changes below `records`, paths below folder (NULL = none), do
 * not make it dirty. 0, ERR_NOTFOUND when it is in none, ERR_IO. */
int repo_read_head(struct repo_head *out, const char *folder, const char *const *records);
/* Why libgit2 (`opened` is its code, below 0) cannot open the checkout that holds folder:
 * ERR_NOTFOUND, ERR_UNSUPPORTED when it is another user's or names objects by SHA-256, ERR_IO. */
int repo_refuse(int opened, const char *folder);
