/* SPDX-License-Identifier: Apache-2.0 */
/* sightings: what a look at a remote makes of the ledger of published commits, and what that
 * ledger lets be rewritten. */
#pragma once

#include <stdbool.h>

struct arena;
struct commits;
struct db;
struct remote_heads;
struct settings;

/* Whether a branch of that remote is ours to rewrite: made there by us, or named like ours. */
int sightings_is_own(struct db *db, const struct settings *s, const char *url, const char *ref,
                     bool *own);
/* Every commit of these branches is published now, and each branch's tip its lease. All must be
 * here. 0, ERR_IO, ERR_BUSY. */
int sightings_note(const struct commits *c, struct db *db, struct arena *arena,
                   const struct settings *s, const struct remote_heads *heads);
/* Whether a branch may go from `old` to `new`: ERR_UNSUPPORTED naming the first commit that would
 * be dropped and is published on a branch that is not ours. */
int sightings_may_drop(const struct commits *c, struct db *db, struct arena *arena, const char *old,
                       const char *new);
