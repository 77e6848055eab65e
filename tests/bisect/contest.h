/* SPDX-License-Identifier: Apache-2.0 */
/* contest: the same made-up histories, given to each way of bisecting. */
#pragma once

#include "tests/bisect/world.h"

enum contest_method {
    CONTEST_NOCTULE,  /* the search of orchestrator/bisect/, verified */
    CONTEST_PLAIN,    /* git bisect run, one run per step */
    CONTEST_ANY_OF_4, /* git bisect run, a step is bad when one of 4 runs fails */
    CONTEST_METHODS
};
const char *contest_method_name(enum contest_method method);

struct contest_score {
    int worlds;
    int right;                    /* named the culprit */
    int wrong;                    /* named another commit */
    int range;                    /* named some commits, the culprit among them */
    int astray;                   /* named some commits, the culprit not among them */
    int gave_up;                  /* said that it could not find out */
    double commits, builds, runs; /* sums */
    double most_over;             /* the most builds beyond log2(commits) */
};

/* One world by one method, added to the score. sizes: about how many commits, least and most. */
void contest_play(struct contest_score *score, enum contest_method method, enum world_kind kind,
                  size_t least, size_t most, double flake, uint64_t seed);
