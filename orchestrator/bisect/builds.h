/* SPDX-License-Identifier: Apache-2.0 */
/* builds: any tree of a subject, built in a folder of the cache, each input once.
 *
 * How to build says noctule.json as the bad end has it; where that fails, the commit's own is
 * tried. Trees whose inputs are the same share a build. When noctule.json says what of a build is
 * kept, one folder goes from tree to tree and only that is copied away; else each build has a
 * folder of its own.
 *
 *     CACHE/tip         the files of the bad end: noctule.json, fixtures
 *     CACHE/slot, run   where builds are made and cases run, when something is kept
 *     CACHE/KEY/out     what was kept;  CACHE/KEY/tree  what was not;  CACHE/KEY/done */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "orchestrator/sweep/config.h"

struct commits;
struct loop;

struct builds {
    struct arena arena;
    const struct commits *commits;
    const char *cache;
    const char *prefix;   /* of the subject below the top of its checkout, "" = that */
    const char *name;     /* what {build} stands for in a tree, relative */
    const char *logs;     /* for the output of builds */
    struct config config; /* of the bad end; its root is tip_root */
    const char *tip_root;
    struct loop *loop;
    const bool *stop;
};

/* What a trial needs of a tree. Strings live in builds.arena. */
struct build {
    bool ok, cached;
    const char *why;    /* not ok: one line */
    const char *root;   /* where workers run */
    const char *folder; /* what {build} stands for there */
    double ms;          /* it took; 0 when cached */
};

/* name: what {build} stands for in the user's checkout; an absolute one is left in peace and
 * replaced. Fills CACHE/tip with the tree tip and reads its noctule.json. Strings are borrowed. */
int builds_open(struct builds *out, const struct commits *commits, const char *cache,
                const char *prefix, const char *name, const char *tip, const char *logs,
                struct loop *loop, const bool *stop);
/* Removes the folders that only this bisection needed. */
void builds_close(struct builds *b); /* copes with a zeroed struct */
/* What the build of this tree depends on, as a hash. 0 or ERR_IO. */
int builds_key(const struct builds *b, const char *tree, char out[HASH_HEX_SIZE]);
/* Builds tree unless its key was built. label names the log. 0 also when the build fails;
 * ERR_STOPPED, ERR_IO. */
int builds_get(struct builds *b, const char *tree, const char *label, struct build *out);
