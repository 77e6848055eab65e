/* SPDX-License-Identifier: Apache-2.0 */
/* golden: the stages that the fixture holds of a case's inputs, against what a cell computes.
 *
 * Every case of the fixture with the same checkpoint and the same inputs lends its references:
 * one that only names logits is so seen stage by stage. */
#pragma once

#include "engine/check/bench.h"

struct golden_finding {
    int known;     /* stages of which there is a reference */
    bool found;    /* one that is off; what follows is the first, in the order of computing */
    bool is_stage; /* else an output, which has no stage */
    enum stage stage;
    int layer;       /* -1 = none */
    const char *key; /* of the golden, borrowed from the fixture */
    double nmse, max_abs, limit;
    bool has_good; /* a stage before it is right, the last one of which is: */
    enum stage good_stage;
    int good_layer;
};

/* Runs the case's feed on the cell, with plan_flags beside the cell's, and compares. 0; what the
 * engine says of the step; ERR_NOTFOUND when there is no reference at all. */
int golden_first(struct case_run *c, unsigned plan_flags, struct golden_finding *out);
struct fixture;
/* The case of the fixture with the checkpoint of case `index` that has the most references, for one
 * that has few or none; NULL when no case of that checkpoint has any. */
const char *golden_richest(const struct fixture *f, size_t index);
