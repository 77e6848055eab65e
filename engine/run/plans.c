/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/plans.h"

#include <string.h>

#include "engine/base/err.h"

void plans_clear(struct plans *p) {
    for (int i = 0; i < PLANS_MAX; i++)
        plan_free(p->entries[i].plan);
    memset(p->entries, 0, sizeof(p->entries));
}

void plans_done(struct plans *p) {
    plans_clear(p);
    buffer_done(&p->workspace);
}

static bool same_shape(const struct network_shape *a, const struct network_shape *b) {
    return a->batch == b->batch && a->tokens == b->tokens && a->keep == b->keep &&
           a->flags == b->flags;
}

static struct plans_entry *oldest(struct plans *p) {
    struct plans_entry *e = &p->entries[0];
    for (int i = 1; i < PLANS_MAX; i++)
        if (p->entries[i].used < e->used)
            e = &p->entries[i];
    return e;
}

/* The workspace is as large as the hungriest plan wants; when it grows, all plans move. */
static int share_workspace(struct plans *p, struct plan *plan) {
    size_t need = plan_bytes(plan);
    if (need <= p->workspace.size)
        return plan_use(plan, &p->workspace);
    struct buffer larger = {0};
    int rc = buffer_init(&larger, p->device, need);
    if (rc < 0)
        return rc;
    buffer_done(&p->workspace);
    p->workspace = larger;
    for (int i = 0; i < PLANS_MAX && rc == 0; i++)
        if (p->entries[i].plan)
            rc = plan_use(p->entries[i].plan, &p->workspace);
    return rc < 0 ? rc : plan_use(plan, &p->workspace);
}

static int make(struct plans *p, const struct network_shape *shape, struct plan **out) {
    struct graph g;
    struct plan *plan = NULL;
    graph_init(&g);
    network_build(&g, p->config, p->weights, p->kv, shape);
    int rc = plan_new(&plan, &g, p->device, p->flags);
    graph_done(&g);
    if (rc == 0)
        rc = share_workspace(p, plan);
    if (rc < 0) {
        plan_free(plan);
        return rc;
    }
    for (int i = 0; i < ROUTE_COUNT; i++)
        p->routes[i] += plan_routes(plan, (enum route_kind)i);
    *out = plan;
    return 0;
}

int plans_get(struct plans *p, const struct network_shape *shape, struct plan **out, bool *fresh) {
    struct plans_entry *e = NULL;
    for (int i = 0; i < PLANS_MAX; i++)
        if (p->entries[i].plan && same_shape(&p->entries[i].shape, shape))
            e = &p->entries[i];
    *fresh = !e;
    if (!e) {
        struct plan *plan;
        int rc = make(p, shape, &plan);
        if (rc < 0)
            return rc;
        e = oldest(p);
        plan_free(e->plan);
        *e = (struct plans_entry){*shape, plan, 0};
    }
    e->used = ++p->clock;
    *out = e->plan;
    return 0;
}
