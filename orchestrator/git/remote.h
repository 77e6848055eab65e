/* SPDX-License-Identifier: Apache-2.0 */
/* remote: fetch, look, and push under a lease, by libgit2.
 *
 * A lease is what our last verified look found on the branch. It is compared with what the remote
 * offers in the same connection that pushes; the server compares again when it moves the branch;
 * its answer for the branch is read, and the branch is read back afterwards. There is no push
 * without a lease, and none of a branch that is gone.
 *
 * On a local path libgit2 moves a branch without comparing (measured, 1.5.1), so there the objects
 * are sent under a name of their own and the branch is moved by us, from the lease, under git's
 * lock; and nothing is forced. The token of $NOCTULE_GIT_TOKEN answers an http server that asks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/git/repo.h"

struct arena;
struct commits;

struct remote_head {
    const char *ref; /* "refs/heads/main" */
    const char *id;  /* 40 digits */
};
struct remote_heads {
    const char *url;          /* without a user or password in it */
    bool local;               /* a path of this machine */
    struct remote_head *rows; /* [len] branches only */
    size_t len;
};

/* The URL alone. 0 or ERR_NOTFOUND. */
int remote_find(const struct commits *c, struct arena *arena, const char *name,
                struct remote_heads *out);
/* Every branch, with all that leads to it; nothing is pruned. 0, ERR_NOTFOUND, ERR_IO, or ERR_BUSY
 * when the remote moved while we looked. */
int remote_fetch(const struct commits *c, struct arena *arena, const char *name,
                 struct remote_heads *out);
/* What the remote has now, without fetching it. */
int remote_look(const struct commits *c, struct arena *arena, const char *name,
                struct remote_heads *out);
/* 40 digits, or "" when there is no such branch. */
const char *remote_head_of(const struct remote_heads *heads, const char *ref);

struct remote_push {
    const char *remote, *branch, *to; /* "origin"; "topic" here; "refs/heads/topic" there */
    const char *id;                   /* what the branch is at here */
    const char *lease;                /* what must be there; "" = nothing */
    bool forced;                      /* the lease does not lead to id */
};
/* 0; ERR_BUSY when the lease does not hold: nothing was moved; ERR_UNSUPPORTED for a forced push
 * to a local path; ERR_IO with what the server says, or when what was read back is another. */
int remote_push(const struct commits *c, struct arena *arena, const struct remote_push *push);
