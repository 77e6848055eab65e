/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/hard.h"

#include "engine/base/map.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/load.h"
#include "engine/check/watched.h"
#include "engine/run/model.h"

struct hard {
    struct case_run *c;
    struct device *dev;
    struct load rows;
    struct drawn_finding *out;
    struct map seen; /* ops by all that they are, but for their numbers */
    int tried;
};

static const char *key_of(struct hard *h, const struct plan_route *r) {
    const struct op_params *p = r->params;
    char text[TENSOR_TEXT_SIZE];
    const char *key = arena_printf(&h->c->arena, "%s %a %a %lld %d %d %d %d", r->kernel, p->eps,
                                   p->scale, (long long)p->window, p->causal, (int)p->rope_layout,
                                   (int)p->dtype, (int)p->act);
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        if (!r->in[i])
            continue;
        key = arena_printf(&h->c->arena, "%s, %d %s", key, i, tensor_text(r->in[i], text));
        for (int d = 0; d < r->in[i]->rank; d++)
            key = arena_printf(&h->c->arena, "%s %lld", key, (long long)r->in[i]->stride[d]);
    }
    return key;
}

static bool is_new(struct hard *h, const struct plan_route *r) {
    const char *key = key_of(h, r);
    return map_add(&h->seen, key, strlen(key), 0);
}

/* The call for who reads plain rows, and which inputs are drawn. False where there is an input that
 * nobody else can read. */
static bool find_inputs(const struct plan_route *r, const struct weights *w, struct op_call *rows,
                        unsigned *drawn) {
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        const struct tensor *in = r->in[i];
        if (!in)
            continue;
        if (in->layout != TENSOR_ROWS)
            rows->in[i] = r->names[i] ? weights_find(w, r->names[i]) : NULL;
        if (!rows->in[i] || !tensor_same_shape(in, rows->in[i]))
            return false;
        bool is_activation = !r->is_weight[i] && !r->names[i] && in->dtype == DTYPE_F32;
        if (is_activation || drawn_always(r->op, i))
            *drawn |= 1u << i;
    }
    return true;
}

static int try_all(struct hard *h, const struct plan *p, int node, struct drawn *d) {
    bool found = !h->out || h->out->found;
    int rc = 0;
    for (enum drawn_kind kind = 0; rc == 0 && kind < DRAWN_KINDS; kind++)
        if (drawn_suits(d, kind))
            rc = case_broken(h->c, drawn_run(d, kind, &h->c->total, h->out));
    if (!found && h->out->found)
        h->out->stage = plan_stage(p, node, &h->out->layer);
    return rc;
}

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    struct hard *h = arg;
    struct op_call rows = *call;
    struct plan_route r;
    struct drawn d;
    unsigned inputs = 0;
    plan_route(p, node, &r);
    if (ran || tensor_count(call->out) == 0 || !is_new(h, &r) ||
        !find_inputs(&r, &h->rows.weights, &rows, &inputs))
        return 0;
    int rc = drawn_init(&d, call, &rows, inputs, h->dev);
    if (rc == 0) {
        h->tried++;
        rc = try_all(h, p, node, &d);
    }
    drawn_done(&d);
    return rc;
}

static int run_all(struct hard *h, const struct feed *feed) {
    static const struct watched_options ways[] = {
        {.few = 1},
        {.plan_flags = PLAN_UNFUSED},
    };
    const struct plan_watch watch = {NULL, see_node, h};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(ways) / sizeof(ways[0]); i++)
        rc = watched_run(h->c, feed, &ways[i], &watch);
    return rc;
}

int hard_run(struct case_run *c, struct drawn_finding *out) {
    struct hard h = {.c = c, .out = out};
    struct weights_options options;
    struct model *model;
    struct feed feed;
    bench_weights_options(c, &options);
    int rc = watched_feed(c, &feed);
    if (rc == 0)
        rc = bench_model(c, c->folder, 0, &model);
    if (rc == 0)
        rc = load_open(&h.rows, c->folder, 0, &options);
    if (rc == 0) {
        h.dev = model->device;
        rc = run_all(&h, &feed);
    }
    if (rc == 0)
        compare_fact(&c->total, h.tried > 0, "no op could be tried alone");
    map_done(&h.seen);
    load_done(&h.rows);
    return rc;
}
