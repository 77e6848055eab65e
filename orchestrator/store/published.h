/* SPDX-License-Identifier: Apache-2.0 */
/* published: which commits were ever seen on a remote, and what our last verified look found there.
 *
 * A file of its own beside the repository's objects: it cannot be made again from anything, so it
 * is no part of the index of runs. What is in it is never taken out. Remotes are their URLs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

enum { PUBLISHED_ID_SIZE = 41 }; /* 40 digits and a NUL */

/* Opens, and makes when it is not there. 0, ERR_IO, ERR_BUSY, ERR_UNSUPPORTED. */
int published_open(struct db **out, const char *path);
int published_open_read(struct db **out, const char *path); /* ERR_NOTFOUND when it is not there */

struct published_commit {
    bool known;               /* it was seen on a remote */
    bool shared;              /* on a branch that is not ours to rewrite */
    const char *remote, *ref; /* where first */
    int64_t seen_ms;
};
int published_find(struct db *db, struct arena *arena, const char *id,
                   struct published_commit *out);
/* A commit seen on that branch; once shared it stays so. */
int published_put(struct db *db, const char *id, bool shared, const char *remote, const char *ref,
                  int64_t now_ms);

/* Tips that were recorded with all that leads to them; those that are shared, or all. */
int published_tips(struct db *db, struct arena *arena, bool shared, const char *const **out,
                   size_t *len);
int published_put_tip(struct db *db, const char *id, bool shared);

/* What a branch of a remote was at when we last looked and had it all: the lease of a push.
 * *known false: we never looked. id "": it was not there. */
int published_lease(struct db *db, const char *remote, const char *ref, char id[PUBLISHED_ID_SIZE],
                    bool *known);
int published_put_lease(struct db *db, const char *remote, const char *ref, const char *id,
                        int64_t now_ms);

/* Branches of a remote that we hold a lease of which is not "nothing": *refs of *len, in arena. */
int published_leased(struct db *db, struct arena *arena, const char *remote,
                     const char *const **refs, size_t *len);

/* Branches that we made there ourselves. */
int published_is_own(struct db *db, const char *remote, const char *ref, bool *own);
int published_put_own(struct db *db, const char *remote, const char *ref, int64_t now_ms);
