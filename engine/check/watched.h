/* SPDX-License-Identifier: Apache-2.0 */
/* watched: a prompt that runs under a watch of the case's own, beside that of the bench. */
#pragma once

#include "engine/check/feed.h"
#include "engine/graph/plan.h"

struct watched_options {
    int64_t split;       /* tokens that run in a step of their own before the rest; 0 = none */
    int64_t few;         /* how many of the last tokens are run again behind the rest, at most */
    unsigned plan_flags; /* beside those of the cell */
};

/* The case's inputs, or where it names ids in its params, those. */
int watched_feed(struct case_run *c, struct feed *out);
/* The prompt in one step, or two, and then again its last few tokens behind the rest, one fewer
 * each time: each of the numbers that are computed as if one by one takes another way through the
 * kernels. 0, or what the engine says. */
int watched_run(struct case_run *c, const struct feed *feed, const struct watched_options *o,
                const struct plan_watch *watch);
