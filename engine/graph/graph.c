/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/graph.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/grow.h"
#include "engine/graph/pass.h"

/* A layer has some twenty nodes; a graph of a hundred layers stays far below. */
enum { GRAPH_NODES_MAX = 1 << 20 };

static struct value *new_value(struct graph *g, enum value_kind kind) {
    struct value *v = arena_alloc(&g->arena, sizeof(*v));
    v->kind = kind;
    v->index = g->value_count;
    v->node = v->last_write = -1;
    g->values = grow(&g->arena, g->values, g->value_count, &g->value_cap, sizeof(struct value *));
    g->values[g->value_count++] = v;
    return v;
}

void graph_init(struct graph *g) {
    *g = (struct graph){0};
    arena_init(&g->arena, 0);
    g->none = arena_alloc(&g->arena, sizeof(struct value));
    g->none->index = g->none->node = g->none->last_write = -1;
    g->none->t.rank = TENSOR_RANK_MAX; /* so that a dimension of it may be looked at, and used */
    for (int i = 0; i < TENSOR_RANK_MAX; i++)
        g->none->t.shape[i] = g->none->t.stride[i] = 1;
}

void graph_done(struct graph *g) {
    arena_done(&g->arena);
    *g = (struct graph){0};
}

int graph_check(const struct graph *g) {
    return g->failed ? err_set(g->failed, "%s", g->why) : 0;
}

/* Keeps the first failure, of which the text is still err_text(). */
static struct value *fail(struct graph *g, int rc) {
    if (!g->failed) {
        g->why = arena_strdup(&g->arena, err_text());
        g->failed = rc;
    }
    return g->none;
}

static struct value *root_of(struct value *v) {
    return v->base ? v->base : v;
}

struct value *graph_input(struct graph *g, const char *name, enum dtype dtype, int rank,
                          const int64_t *shape) {
    struct tensor t;
    if (g->failed)
        return g->none;
    int rc = tensor_init(&t, dtype, rank, shape);
    if (rc < 0)
        return fail(g, err_while(rc, "input %s", name));
    for (int i = 0; i < g->value_count; i++)
        if (g->values[i]->kind == VALUE_INPUT && strcmp(g->values[i]->name, name) == 0)
            return fail(g, err_set(ERR_ARG, "there are two inputs named %s", name));
    struct value *v = new_value(g, VALUE_INPUT);
    v->t = t;
    v->name = arena_strdup(&g->arena, name);
    return v;
}

struct value *graph_weight(struct graph *g, const char *name, const struct tensor *t) {
    if (g->failed)
        return g->none;
    struct value *v = new_value(g, VALUE_WEIGHT);
    v->t = *t;
    v->t.data = NULL;
    v->name = arena_strdup(&g->arena, name);
    v->source = t;
    return v;
}

struct value *graph_buffer(struct graph *g, enum dtype dtype, int rank, const int64_t *shape) {
    struct tensor t;
    if (g->failed)
        return g->none;
    int rc = tensor_init(&t, dtype, rank, shape);
    if (rc < 0)
        return fail(g, err_while(rc, "a buffer of the graph"));
    struct value *v = new_value(g, VALUE_BUFFER);
    v->t = t;
    return v;
}

static void add_node(struct graph *g, struct node *n) {
    g->nodes = grow(&g->arena, g->nodes, g->node_count, &g->node_cap, sizeof(struct node *));
    n->out->node = g->node_count;
    root_of(n->out)->last_write = g->node_count;
    g->nodes[g->node_count++] = n;
}

struct value *graph_op(struct graph *g, enum op op, const struct op_params *params,
                       struct value *const *in) {
    if (g->failed)
        return g->none;
    if (g->node_count == GRAPH_NODES_MAX)
        return fail(g, err_set(ERR_LIMIT, "a graph of more than %d nodes", GRAPH_NODES_MAX));
    struct op_call call = {.op = op};
    struct node *n = arena_alloc(&g->arena, sizeof(*n));
    n->op = op;
    n->layer = -1;
    if (params)
        call.params = n->params = *params;
    for (int i = 0; i < op_inputs_max(op); i++) {
        n->in[i] = in[i];
        call.in[i] = in[i] ? &in[i]->t : NULL;
    }
    struct tensor t;
    int rc = op_shape(&t, &call);
    if (rc < 0)
        return fail(g, rc);
    n->out = new_value(g, VALUE_RESULT);
    n->out->t = t;
    int written = op_writes_input(op);
    if (written >= 0) {
        n->out->base = root_of(in[written]);
        n->out->offset = in[written]->offset;
    }
    add_node(g, n);
    return n->out;
}

struct value *graph_view(struct graph *g, struct value *base, const struct tensor *t,
                         int64_t offset) {
    struct value *v = new_value(g, VALUE_VIEW);
    v->t = *t;
    v->base = base;
    v->offset = offset;
    return v;
}

static struct value *view_of(struct graph *g, struct value *a, const struct tensor *t,
                             int64_t offset) {
    return graph_view(g, root_of(a), t, a->offset + offset);
}

struct value *graph_reshape(struct graph *g, struct value *a, int rank, const int64_t *shape) {
    struct tensor t;
    if (g->failed)
        return g->none;
    int rc = tensor_reshape(&t, &a->t, rank, shape);
    return rc < 0 ? fail(g, rc) : view_of(g, a, &t, 0);
}

struct value *graph_narrow(struct graph *g, struct value *a, int dim, int64_t begin, int64_t len) {
    struct tensor t;
    if (g->failed)
        return g->none;
    int rc = tensor_narrow(&t, &a->t, dim, begin, len);
    return rc < 0 ? fail(g, rc) : view_of(g, a, &t, len > 0 ? begin * a->t.stride[dim] : 0);
}

struct value *graph_permute(struct graph *g, struct value *a, const int *order) {
    struct tensor t;
    if (g->failed)
        return g->none;
    int rc = tensor_permute(&t, &a->t, order);
    return rc < 0 ? fail(g, rc) : view_of(g, a, &t, 0);
}

static const char *into_fault(const struct graph *g, const struct value *v, struct value *view) {
    if (v->kind != VALUE_RESULT || v->node != g->node_count - 1)
        return "it is not the result of the last node";
    if (v->base)
        return "it has its place already";
    if (root_of(view)->kind != VALUE_BUFFER)
        return "the place is not in a buffer of the graph";
    if (v->t.dtype != view->t.dtype || !tensor_same_shape(&v->t, &view->t))
        return "the place has another shape";
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (g->nodes[v->node]->in[i] && root_of(g->nodes[v->node]->in[i]) == root_of(view))
            return "the node reads the same buffer";
    for (int i = v->index + 1; i < g->value_count; i++)
        if (g->values[i]->base == v)
            return "there are views of it already";
    return NULL;
}

void graph_into(struct graph *g, struct value *v, struct value *view) {
    char from[TENSOR_TEXT_SIZE], to[TENSOR_TEXT_SIZE];
    if (g->failed)
        return;
    const char *fault = into_fault(g, v, view);
    if (fault) {
        fail(g, err_set(ERR_ARG, "putting %s into %s: %s", tensor_text(&v->t, from),
                        tensor_text(&view->t, to), fault));
        return;
    }
    graph_place(g, v, root_of(view), &view->t, view->offset);
}

void graph_place(struct graph *g, struct value *v, struct value *base, const struct tensor *t,
                 int64_t offset) {
    if (g->failed)
        return;
    v->base = base;
    v->offset = offset;
    v->t = *t;
    base->last_write = v->node;
}

/* The nodes before, as long as they write the same bytes, show the stage in their routes. */
static void mark_nodes(struct graph *g, const struct graph_stage *s) {
    for (int i = s->after; i >= 0 && root_of(g->nodes[i]->out) == root_of(s->value); i--)
        if (g->nodes[i]->stage == STAGE_NONE) {
            g->nodes[i]->stage = s->stage;
            g->nodes[i]->layer = s->layer;
        }
}

void graph_add_stage(struct graph *g, const struct graph_stage *s) {
    if (g->failed)
        return;
    g->stages = grow(&g->arena, g->stages, g->stage_count, &g->stage_cap, sizeof(*s));
    int at = g->stage_count++;
    for (; at > 0 && g->stages[at - 1].after > s->after; at--)
        g->stages[at] = g->stages[at - 1];
    g->stages[at] = *s;
    mark_nodes(g, s);
}

void graph_stage(struct graph *g, struct value *v, enum stage stage, int layer) {
    struct graph_stage s = {v, stage, layer, root_of(v)->last_write};
    graph_add_stage(g, &s);
}

void graph_output(struct graph *g, const char *name, struct value *v) {
    if (g->failed)
        return;
    for (int i = 0; i < g->output_count; i++)
        if (strcmp(g->outputs[i].name, name) == 0) {
            fail(g, err_set(ERR_ARG, "there are two outputs named %s", name));
            return;
        }
    g->outputs =
        grow(&g->arena, g->outputs, g->output_count, &g->output_cap, sizeof(struct graph_output));
    g->outputs[g->output_count++] = (struct graph_output){arena_strdup(&g->arena, name), v};
}
