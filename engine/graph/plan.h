/* SPDX-License-Identifier: Apache-2.0 */
/* plan: a graph made ready for one device: which kernel runs each node, and where its bytes lie.
 *
 * Each node is resolved once: a row of the device's backend, else the op's composite (each part
 * resolved in turn), else the CPU reference on the device's host. Making a plan computes nothing,
 * reads no weight and allocates no scratch memory, so it is also the dry run: routes and bytes of
 * a model of any size in milliseconds. A plan replays the same calls on the same addresses and
 * plan_run() does not allocate.
 *
 * A plan belongs to one thread at a time and is independent of the graph it was made from. */
#pragma once

#include <stddef.h>

#include "engine/backend/backend.h"
#include "engine/backend/buffer.h"
#include "engine/graph/graph.h"

struct plan;

enum plan_flags {
    PLAN_STRICT = 1 << 0,   /* refuse the CPU reference on another backend */
    PLAN_UNFUSED = 1 << 1,  /* take the composite wherever there is one: shows inner stages */
    PLAN_NO_REUSE = 1 << 2, /* every value keeps its bytes: to tell whether reuse is at fault */
};

/* kind, text */
#define ROUTE_MAP(X)                                                    \
    X(NATIVE, "native")       /* a row of the device's backend */       \
    X(COMPOSITE, "composite") /* the same, for a part of a composite */ \
    X(REFERENCE, "reference") /* the CPU reference, whatever was asked for */

enum route_kind {
#define X(name, text) ROUTE_##name,
    ROUTE_MAP(X)
#undef X
        ROUTE_COUNT,
};

/* One node as it will run. */
struct plan_route {
    enum op op;
    enum stage stage;   /* of its result, or STAGE_NONE */
    int layer;          /* -1 = none */
    const char *kernel; /* "cpu.matmul" */
    enum route_kind kind;
    const struct op_params *params;
    const struct tensor *in[OP_INPUTS_MAX]; /* NULL = absent; owned by the plan */
    const struct tensor *out;
    /* Of an input or a weight, or of what a view looks into; NULL of what the plan computes. */
    const char *names[OP_INPUTS_MAX];
    bool is_weight[OP_INPUTS_MAX];
    /* Which of the plan's values each is a part of, and where in it, in elements: the same numbers
     * in each plan of the same graph. */
    int values[OP_INPUTS_MAX + 1]; /* the last is out's */
    int64_t offsets[OP_INPUTS_MAX + 1];
    size_t scratch; /* bytes of its own beside the result */
};

/* 0, or the graph's failure, or ERR_UNSUPPORTED (PLAN_STRICT) naming op and shape, or ERR_LIMIT
 * when the bytes do not fit in size_t. dev must outlive the plan. */
int plan_new(struct plan **out, const struct graph *g, struct device *dev, unsigned flags);
void plan_free(struct plan *p); /* NULL is fine */

int plan_len(const struct plan *p); /* nodes, after composites are taken apart */
void plan_route(const struct plan *p, int i, struct plan_route *out);
/* The stage that node i works for: its own, or the next behind it; STAGE_NONE when none follows. */
enum stage plan_stage(const struct plan *p, int i, int *layer);
int plan_routes(const struct plan *p, enum route_kind kind); /* how many nodes run like that */
const char *plan_route_name(enum route_kind kind);
size_t plan_bytes(const struct plan *p); /* of workspace: values that live at once, and scratch */

/* Gives the plan its workspace: at least plan_bytes() on its device, borrowed, and free to be
 * shared with other plans that never run at the same time. NULL: the plan allocates its own. Not
 * called at all, the first run does that. 0, ERR_ARG or ERR_NOMEM. */
int plan_use(struct plan *p, const struct buffer *workspace);
/* Binds an input: t must have its dtype and shape, be contiguous, and hold an address of the
 * device's. The bytes may change between runs and stay bound. 0, ERR_NOTFOUND or ERR_ARG. */
int plan_bind(struct plan *p, const char *name, const struct tensor *t);

/* Sees a value as soon as it is computed; t lies in the device's memory, and only now. A negative
 * result ends the run and is returned. */
typedef int plan_hook(void *arg, enum stage stage, int layer, const struct tensor *t);
/* Sees a node as it is about to run and again when it has run: call's tensors are those the kernel
 * gets, at addresses of the device's. A negative result ends the run and is returned. */
typedef int plan_node_hook(void *arg, const struct plan *p, int node, bool ran,
                           const struct op_call *call);
/* Who watches a run; either may be NULL. A node that has run is seen before its stage. */
struct plan_watch {
    plan_hook *stage;
    plan_node_hook *node;
    void *arg; /* of both */
};
/* As plan_run(), for more to see; watch may be NULL. */
int plan_run_watched(struct plan *p, const struct plan_watch *watch);
/* Runs all nodes; hook may be NULL. 0; ERR_ARG before anything was computed when an input is not
 * bound, a weight has no bytes, or op_check() finds an id or a past out of range; or the failure
 * of a kernel or the hook. */
int plan_run(struct plan *p, plan_hook *hook, void *arg);
/* An output's bytes, in the workspace: valid until the next run of a plan that shares it. NULL
 * when the graph has no output of that name. */
const struct tensor *plan_output(const struct plan *p, const char *name);
