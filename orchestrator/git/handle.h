/* SPDX-License-Identifier: Apache-2.0 */
/* handle: what the files of git/ share, and nobody else includes. */
#pragma once

#include <git2.h>

struct arena;
struct commits_entry;

struct commits {
    git_repository *repo;
    git_odb *odb;
    char *folder;
};

/* ERR_IO (or code) with "<doing> in <folder>: <what git says>". */
int commits_fail(const struct commits *c, int code, const char *doing);
/* A commit by its 40 digits. 0 or ERR_IO. */
int commits_lookup(const struct commits *c, const char *hex, git_commit **out);
/* All of an entry but its parents. */
void commits_describe(struct commits_entry *e, struct arena *arena, const git_commit *commit);
/* A tree by its 40 digits. 0 or ERR_IO. */
int commits_tree(const struct commits *c, const char *hex, git_tree **out);
/* What leads to tip (40 digits) and to none of the hidden, parents first. *out is the caller's to
 * free(). 0, ERR_IO, ERR_LIMIT above max commits. */
int commits_walk(const struct commits *c, const char *tip, const char *const *hidden, size_t count,
                 size_t max, git_oid **out, size_t *len);
