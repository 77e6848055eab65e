/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/lower.h"

#include "engine/base/err.h"
#include "engine/graph/composite.h"
#include "engine/graph/pass.h"

/* Composites of composites: deeper means that one leads back to itself. */
enum { DEPTH_MAX = 8 };

/* One pass: from graph `in` to graph `out`. */
struct pass {
    const struct graph *in;
    struct graph *out;
    struct value **values;    /* by index in `in` */
    int *ends;                /* by node of `in`: the last node of `out` that it became */
    const struct node *apart; /* the last that was taken apart, or NULL */
    const struct device *dev;
    bool unfused;
    bool changed;
};

struct op_call lower_call(const struct node *n) {
    struct op_call call = {.op = n->op, .params = n->params, .out = &n->out->t};
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        call.in[i] = n->in[i] ? &n->in[i]->t : NULL;
    return call;
}

static bool is_taken_apart(const struct pass *p, const struct node *n) {
    struct op_call call = lower_call(n);
    return composite_of(n->op) && (p->unfused || !backend_kernel(p->dev, &call));
}

static struct value *add_node(struct pass *p, const struct node *n) {
    struct graph *g = p->out;
    struct value *in[OP_INPUTS_MAX] = {NULL};
    int begin = g->node_count;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        in[i] = n->in[i] ? p->values[n->in[i]->index] : NULL;
    bool apart = is_taken_apart(p, n);
    p->apart = apart ? n : NULL;
    struct value *v = apart ? composite_of(n->op)(g, &n->params, in, n->layer)
                            : graph_op(g, n->op, &n->params, in);
    if (v->kind == VALUE_BUFFER && n->out->base) /* the parts' own, where the whole has a place */
        v = graph_copy(g, v, v->t.dtype);
    for (int i = begin; i < g->node_count; i++)
        g->nodes[i]->is_part = apart || n->is_part;
    if (g->failed)
        return v;
    int end = v->kind == VALUE_BUFFER ? v->last_write : v->node;
    g->nodes[end]->stage = n->stage;
    g->nodes[end]->layer = n->layer;
    p->ends[n->out->node] = end;
    p->changed = p->changed || apart;
    return v;
}

static struct value *add_value(struct pass *p, const struct value *v) {
    switch (v->kind) {
    case VALUE_INPUT:
        return graph_input(p->out, v->name, v->t.dtype, v->t.rank, v->t.shape);
    case VALUE_WEIGHT:
        return graph_weight(p->out, v->name, v->source);
    case VALUE_BUFFER:
        return graph_buffer(p->out, v->t.dtype, v->t.rank, v->t.shape);
    case VALUE_VIEW:
        return graph_view(p->out, p->values[v->base->index], &v->t, v->offset);
    default:
        return add_node(p, p->in->nodes[v->node]);
    }
}

/* What the parts of an op make is no graph. */
static int tell_apart(const struct pass *p) {
    const struct node *n = p->apart;
    int rc = graph_check(p->out);
    if (n->stage == STAGE_NONE)
        return err_while(rc, "%s, taken apart", op_name(n->op));
    return err_while(rc, "%s of %s, layer %d", op_name(n->op), stage_name(n->stage), n->layer);
}

/* Values stand in the order in which they were built, so what one refers to is there already. */
static int run_pass(struct pass *p) {
    const struct graph *in = p->in;
    for (int i = 0; i < in->value_count && !p->out->failed; i++)
        p->values[i] = add_value(p, in->values[i]);
    if (p->out->failed && p->apart)
        return tell_apart(p);
    for (int i = 0; i < in->node_count && !p->out->failed; i++) {
        const struct value *v = in->nodes[i]->out; /* its place may be built after it */
        if (v->base && op_writes_input(in->nodes[i]->op) < 0)
            graph_place(p->out, p->values[v->index], p->values[v->base->index], &v->t, v->offset);
    }
    for (int i = 0; i < in->stage_count && !p->out->failed; i++) {
        struct graph_stage s = in->stages[i];
        s.value = p->values[s.value->index];
        s.after = s.after < 0 ? -1 : p->ends[s.after];
        graph_add_stage(p->out, &s);
    }
    for (int i = 0; i < in->output_count && !p->out->failed; i++)
        graph_output(p->out, in->outputs[i].name, p->values[in->outputs[i].value->index]);
    return graph_check(p->out);
}

static int lower_once(struct graph *out, const struct graph *g, const struct device *dev,
                      bool unfused, bool *changed) {
    struct pass p = {.in = g, .out = out, .dev = dev, .unfused = unfused};
    graph_init(out);
    p.values = xcalloc((size_t)g->value_count + 1, sizeof(struct value *));
    p.ends = xcalloc((size_t)g->node_count + 1, sizeof(int));
    int rc = run_pass(&p);
    free(p.values);
    free(p.ends);
    *changed = p.changed;
    return rc;
}

int lower(struct graph *out, const struct graph *g, const struct device *dev, bool unfused) {
    bool changed;
    int rc = lower_once(out, g, dev, unfused, &changed);
    for (int depth = 0; rc == 0 && changed; depth++) {
        struct graph before = *out; /* whose values the next pass still reads */
        CHECK(depth < DEPTH_MAX);
        rc = lower_once(out, &before, dev, unfused, &changed);
        graph_done(&before);
    }
    return rc;
}
