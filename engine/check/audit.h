/* SPDX-License-Identifier: Apache-2.0 */
/* audit: each node of every plan that a case runs, run again alone, by another
 * device, on the very inputs it had.
 *
 * So an error shows in the op that makes it and in no other, whatever has gone
 * wrong before. The work may be bounded by time or by nodes: behind the budget
 * nodes are counted and not looked at. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/plan.h"

struct audit;
struct compare_total;
struct tolerance;

/* A node whose result is not what the judge computes. */
struct audit_finding {
    bool found;
    bool overwritten; /* an operand is no longer what was written there: memory,
                         not the op */
    enum op op;
    enum stage stage; /* of the node, else the next behind it; STAGE_NONE = none
                         follows */
    int layer;        /* -1 = none */
    int run, node;    /* the run of a plan since the beginning, and the node in it */
    const char *kernel;
    const char
        *judge_kernel; /* NULL: the judge does not compute the op, and its definition judges */
    char shapes[OP_SHAPES_SIZE];
    double nmse, max_abs, limit, badness;
    enum dtype narrow; /* of a weight, with which alone it is wrong; f32 = it is wrong anyhow */
    /* So is `other` in the same run, and then it is what both read it with; or when the node is
     * wrong anyhow, two more are, of which `other` is one, and it is what all of a device have in
     * common. */
    bool shares;
    enum op other;       /* OP_COUNT = none */
    bool defined;        /* the op's definition was asked, too, … */
    bool defined_agrees; /* … and it is what the node did, and not what the judge does */
};

/* The weight of that name as plain rows, for a device that cannot read
 * another's layout; NULL = there is none. */
typedef const struct tensor *audit_rows_fn(void *arg, const char *name);

struct audit_options {
    struct device *judge;
    struct device *suspect; /* whose nodes these are, to try them on f32; NULL = they are not */
    audit_rows_fn *rows;
    void *arg;
    int64_t budget_ns;    /* of the clock; 0 = no end */
    int64_t budget_nodes; /* looked at, whatever the machine; 0 = no end */
};

void audit_new(struct audit **out, const struct audit_options *options);
void audit_free(struct audit *a); /* NULL is fine */
/* For sessions of devices whose memory is the host's. */
struct plan_watch audit_watch(struct audit *a);
const struct audit_finding *audit_first(const struct audit *a);
int64_t audit_looked_at(const struct audit *a); /* nodes */
/* All that was compared, each node under the class of its kernel. */
const struct compare_total *audit_total(const struct audit *a);
int64_t audit_skipped(const struct audit *a); /* beyond the budget, or not readable */
/* The class that a result of that op by that kernel is held to. */
const struct tolerance *audit_limit(const struct op_call *call, const char *kernel);
/* The first runs' routes, copied, with the numbers of what their plans were
 * given: what graph and parameters were. */
enum { AUDIT_RUNS_KEPT = 32 };
int audit_runs(const struct audit *a); /* kept */
int audit_routes(const struct audit *a, int run, const struct plan_route **out);
