/* SPDX-License-Identifier: Apache-2.0 */
/* tree: a throw-away folder with the files of one commit and nothing of its history.
 *
 * There is no .git in it and none above it, so neither what came later nor who pushes where can be
 * read from it. It lies below /var/tmp (or TMPDIR), where a sandbox without namespaces can come. */
#pragma once

#include "orchestrator/git/repo.h"
#include "orchestrator/proc/litter.h"

struct commits;

struct tree {
    struct litter place;      /* made and removed with all that is in it */
    char *folder;             /* PLACE/work: absolute, the files */
    char base[REPO_HEX_SIZE]; /* the git tree that it was filled from */
};

/* The files of git tree `base` (hex). 0, ERR_IO, ERR_FORMAT. */
int tree_make(struct tree *out, const struct commits *c, const char *base);
void tree_remove(struct tree *t); /* copes with a zeroed struct */
