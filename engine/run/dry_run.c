/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/dry_run.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/run/session.h"

static int make_plan(struct dry_run *d, const struct model *m, bool cached,
                     const struct dry_run_options *o) {
    const struct network_shape shape = {
        .batch = o->rows,
        .tokens = o->tokens,
        .keep = o->tokens == 1 || !cached ? NETWORK_KEEP_ALL : o->rows,
        .flags = m->weights.globals.types ? NETWORK_TYPES : 0,
    };
    struct graph g;
    graph_init(&g);
    network_build(&g, &m->config, &m->weights, cached ? &d->kv : NULL, &shape);
    int rc = plan_new(&d->plan, &g, m->device, o->plan_flags);
    graph_done(&g);
    return rc;
}

int dry_run_init(struct dry_run *d, const struct model *m, const struct dry_run_options *o) {
    const struct config *c = &m->config;
    bool cached = config_is_causal(c);
    int64_t capacity = o->capacity ? o->capacity : session_default_capacity(c);
    memset(d, 0, sizeof(*d));
    d->weight_bytes = m->weights.bytes;
    if (o->tokens > capacity)
        return err_set(ERR_ARG, "%" PRId64 " tokens exceed the capacity of %" PRId64, o->tokens,
                       capacity);
    int rc =
        cached ? kv_init(&d->kv, NULL, c, o->kv, o->rows, capacity) : session_check_kv(c, o->kv);
    if (cached)
        d->cache_bytes = kv_bytes(c, o->kv, o->rows, capacity);
    if (rc == 0)
        rc = make_plan(d, m, cached, o);
    if (rc < 0)
        dry_run_done(d);
    return rc;
}

void dry_run_done(struct dry_run *d) {
    plan_free(d->plan);
    kv_done(&d->kv);
    memset(d, 0, sizeof(*d));
}
