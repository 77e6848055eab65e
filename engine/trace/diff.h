/* SPDX-License-Identifier: Apache-2.0 */
/* diff: two traces, tensor by tensor, each pair under the class of its stage.
 *
 * The second trace is the reference. Pairs stand in the order in which a model computes them, so
 * that the first that exceeds its limit is where the two part. Nothing passes by default: a NaN
 * exceeds, against a NaN too, and so does another shape. */
#pragma once

#include "engine/trace/compare.h"
#include "engine/trace/difference.h"
#include "engine/trace/trace.h"

enum diff_verdict {
    DIFF_SAME,     /* within the limit */
    DIFF_EXCEEDED, /* not */
    DIFF_SHAPE,    /* of another shape */
    DIFF_EMPTY,    /* no element on either side */
};

struct diff_pair {
    const struct trace_item *a, *b;
    struct tensor shape; /* of what was compared; no data */
    struct difference d;
    struct tolerance limit;
    enum diff_verdict verdict;
    double badness;   /* of the worst element: 1 = at its limit */
    const char *note; /* what was left out, or the shapes; or NULL */
};

/* A tensor that one side lacks. */
struct diff_lonely {
    const struct trace_item *item;
    bool in_a;
    const char *why; /* the other side's word for its absence, or NULL */
};

struct diff {
    struct arena arena;
    struct diff_pair *pairs;
    struct diff_lonely *lonely;
    size_t pair_count, lonely_count;
    size_t compared, exceeded;
    const struct diff_pair *first; /* that exceeds its limit, or NULL */
    const char *warning;           /* the traces are of two models or two prompts; or NULL */
};

struct diff_options {
    const struct tolerance *tolerance; /* for all but integers; NULL = by stage */
    double nmse;                       /* instead of the class's; 0 = the class's */
    int top;                           /* of the largest differences */
};

/* Borrows both. 0, or ERR_ARG naming what is wrong with the comparison itself. */
int diff_traces(struct diff *out, const struct trace *a, const struct trace *b,
                const struct diff_options *options);
void diff_done(struct diff *d);
/* The class of a stage: E before anything has accumulated, L in a layer, F behind the last. */
struct tolerance diff_tolerance(enum stage stage, int layer);
