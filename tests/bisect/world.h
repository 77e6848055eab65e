/* SPDX-License-Identifier: Apache-2.0 */
/* world: a made-up history with a known culprit, and a case that may lie about it.
 *
 * Each run of the case is turned round with the probability `flake`: a sound commit then fails as
 * if it were broken, a broken one passes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/bisect/belief.h"

enum world_kind {
    WORLD_LINEAR,      /* one line */
    WORLD_MERGES,      /* a line with branches of 1 to 8 commits merged into it, some nested */
    WORLD_SKIPS,       /* one line with one or two stretches of 3 to 12 that cannot be built */
    WORLD_UNBUILDABLE, /* one line, each tenth commit cannot be built */
    WORLD_OTHER,       /* one line with a stretch of 3 to 10 where something else fails */
    WORLD_KINDS
};
const char *world_name(enum world_kind kind);

struct world {
    size_t len; /* commits of the range, oldest first; the last is the bad end */
    struct ancestry_commit *commits;
    int32_t (*parents)[2];
    struct ancestry ancestry;
    bool *skip, *other; /* [len] */
    size_t culprit;
    double flake;
    uint64_t state; /* of the random numbers */
    int runs, builds;
    bool *built; /* [len + 1] the last is the good end */
};

/* len commits, nearly: a merge brings its own. The same seed gives the same world. */
void world_init(struct world *w, enum world_kind kind, size_t len, double flake, uint64_t seed);
void world_done(struct world *w);
/* Runs the case once at a commit, or at the good end (len), and counts. */
enum outcome world_run(struct world *w, size_t at);
void world_forget(struct world *w);   /* the counts, for the next method */
double world_random(struct world *w); /* 0 ≤ x < 1 */
