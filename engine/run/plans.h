/* SPDX-License-Identifier: Apache-2.0 */
/* plans: the plans of the shapes a session steps in, made once and kept.
 *
 * All of them work in one workspace, since no two run at once. The least recently used makes room
 * when there are too many. */
#pragma once

#include <stdbool.h>

#include "engine/graph/plan.h"
#include "engine/nn/network.h"

struct config;
struct kv;
struct weights;

enum { PLANS_MAX = 16 }; /* prompts in chunks, and a pass of each length that lookup makes */

struct plans_entry {
    struct network_shape shape;
    struct plan *plan;
    uint64_t used; /* when, by the clock of gets */
};

struct plans {
    const struct config *config;
    const struct weights *weights;
    const struct kv *kv; /* NULL: no cache */
    struct device *device;
    unsigned flags; /* enum plan_flags */
    struct plans_entry entries[PLANS_MAX];
    struct buffer workspace;
    uint64_t clock;
    int64_t routes[ROUTE_COUNT]; /* nodes of all plans made, by kind */
};

void plans_done(struct plans *p); /* copes with a zeroed struct */
/* Forgets all plans: what they were bound to has moved. */
void plans_clear(struct plans *p);
/* The plan of that shape. *fresh: it was just made and has nothing bound. 0 or ERR_*. */
int plans_get(struct plans *p, const struct network_shape *shape, struct plan **out, bool *fresh);
