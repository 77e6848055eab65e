/* SPDX-License-Identifier: Apache-2.0 */
/* node_check: the nodes of a plan against what config.json and the family's layout demand.
 *
 * A second opinion on graph building and parameters, taken from the raw file and from one table
 * of what each stage is made of; it knows nothing of nn/ and models/. */
#pragma once

#include "engine/base/json.h"
#include "engine/graph/plan.h"

enum { NODE_CHECK_TEXT = 512 };

struct node_finding {
    bool found;
    const char *kind; /* "params", "graph" or "weight" */
    int node;
    enum op op;
    const char *part; /* of the engine, when it is not the op; else NULL */
    enum stage stage; /* STAGE_NONE: of none */
    int layer;
    char text[NODE_CHECK_TEXT];
};

struct node_check_options {
    struct json config;   /* the root of config.json */
    bool given_positions; /* the case names its own */
    bool given_types;     /* and types of tokens */
    bool given_list;      /* and the tokens whose outputs it wants */
};

/* routes: of a plan of the prompt; inputs' tensors have data, the rest need not. */
void node_check(const struct plan_route *routes, int count,
                const struct node_check_options *options, struct node_finding *out);
/* The stage that node i works for: its own, or the next behind it. */
enum stage node_check_stage(const struct plan_route *routes, int count, int i, int *layer);
/* The stage that reads a weight of that name, in any family, and its layer; STAGE_NONE of heads. */
enum stage node_check_reader(const char *name, int *layer);
