/* SPDX-License-Identifier: Apache-2.0 */
/* commits: the history of a checkout, by libgit2. Nothing is written: objects that a revert or a
 * replay makes live in memory as long as the handle does, unless it was opened to write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "orchestrator/git/repo.h"

struct arena;
struct commits;

/* The repository that holds folder. 0, ERR_NOTFOUND, ERR_IO. */
int commits_open(struct commits **out, const char *folder);
/* The same, and what is made of it is made on the disk. The checkout must be the user's own. */
int commits_open_write(struct commits **out, const char *folder);
void commits_close(struct commits *c); /* NULL is fine */
/* folder below the top of its checkout, "" when it is the top; ERR_NOTFOUND when it is outside. */
int commits_prefix(const struct commits *c, struct arena *arena, const char *folder,
                   const char **out);

/* The folder of our own files beside the objects, shared by all checkouts of the repository. */
const char *commits_own_folder(const struct commits *c, struct arena *arena);

/* A word of a user: 4 to 40 hex digits, HEAD, a branch or a tag, and behind it ~N for the N-th
 * first parent. Nothing else is looked at. 0, ERR_NOTFOUND, ERR_NOTNOW when several
 * commits begin so, ERR_ARG. */
int commits_find(const struct commits *c, const char *word, char out[REPO_HEX_SIZE]);

/* A branch of a remote, "origin/main", as it was last seen there; no branch or tag of our own that
 * is called so. 0 or ERR_NOTFOUND. */
int commits_find_remote(const struct commits *c, const char *name, char out[REPO_HEX_SIZE]);
/* The branches that remotes call their own, by refs/remotes/NAME/HEAD: "origin/main", ended by
 * NULL, in arena. 0 or ERR_IO. */
int commits_remote_heads(const struct commits *c, struct arena *arena, const char *const **out);

/* What the references below `glob` ("refs/remotes/" and what follows) are at: *count of 40 digits
 * each, in arena. 0 or ERR_IO. */
int commits_tips(const struct commits *c, struct arena *arena, const char *glob,
                 const char *const **out, size_t *count);

/* Where the history of tip left that of the others, 40 digits each; "" when it never was one, or
 * there are none. 0 or ERR_IO. */
int commits_fork(const struct commits *c, const char *tip, const char *const *others, size_t count,
                 char out[REPO_HEX_SIZE]);

struct commits_entry {
    char id[REPO_HEX_SIZE], tree[REPO_HEX_SIZE];
    int32_t *parents; /* [parent_count] indexes in the range, −1 = the good end */
    size_t parent_count;
    const char *subject, *author;
    int64_t time_ms;
};

/* What bad has and good lacks, parents before children, bad last; and before them, without
 * parents, what else those descend from: commits that good has too, where branches began. */
struct commits_range {
    struct commits_entry *entries; /* [len] strings in the arena */
    size_t len;
    size_t older;             /* the first so many are good's */
    char good[REPO_HEX_SIZE]; /* where bad's first-parent line leaves the range; not among them */
};

/* 0; ERR_NOTNOW when there is nothing between them, or they have no history in common; ERR_IO;
 * ERR_LIMIT above max commits. */
int commits_read(const struct commits *c, struct arena *arena, const char *good, const char *bad,
                 size_t max, struct commits_range *out);
/* The message of a commit, in UTF-8. 0, ERR_IO, or ERR_FORMAT as wording.h has it. */
int commits_message(const struct commits *c, struct arena *arena, const char *id, const char **out);
/* One commit alone, without parents. */
int commits_entry(const struct commits *c, struct arena *arena, const char *id,
                  struct commits_entry *out);

/* SHA-256 over what lies at these paths below prefix in a tree (ids of blobs and trees, and that
 * a path is absent). count 0 = the whole tree. 0 or ERR_IO. */
int commits_hash_paths(const struct commits *c, const char *tree, const char *prefix,
                       const char *const *paths, size_t count, char out[HASH_HEX_SIZE]);
/* Whether something lies at path below prefix in a tree. */
bool commits_has_path(const struct commits *c, const char *tree, const char *prefix,
                      const char *path);
/* The tree of `onto` with commit taken back, a merge against its first parent. 0; ERR_UNSUPPORTED
 * when it conflicts with what came later; ERR_IO. */
int commits_revert(const struct commits *c, const char *commit, const char *onto,
                   char tree[REPO_HEX_SIZE]);
