/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/plan.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/graph/lower.h"
#include "engine/graph/memory.h"
#include "engine/graph/seam.h"

/* A node with its kernel; the call's tensors are the plan's. */
struct step {
    const struct kernel *kernel;
    enum route_kind kind;
    bool on_host;    /* though the device has memory of its own */
    bool is_checked; /* op_check() before anything runs, because the numbers are an input's */
    size_t scratch;  /* bytes */
    size_t scratch_offset;
    struct op_call call;
};

struct plan {
    struct graph graph; /* lowered: node i is step i */
    struct device *dev;
    struct step *steps;     /* [graph.node_count] */
    struct tensor *tensors; /* [graph.value_count]; data is set by plan_run() */
    size_t *offsets;        /* [graph.value_count] of values with bytes of the plan's */
    void **bound;           /* [graph.value_count] of inputs */
    int routes[ROUTE_COUNT];
    size_t bytes;      /* of workspace */
    size_t host_bytes; /* of host memory for seams */
    struct buffer own, host;
    void *workspace; /* own.data or the caller's; NULL = none yet */
};

const char *plan_route_name(enum route_kind kind) {
    static const char *const names[ROUTE_COUNT] = {
#define X(name, text) text,
        ROUTE_MAP(X)
#undef X
    };
    CHECK(kind < ROUTE_COUNT);
    return names[kind];
}

static int refuse_reference(const struct plan *p, const struct op_call *call) {
    char in[TENSOR_TEXT_SIZE], out[TENSOR_TEXT_SIZE];
    return err_set(ERR_UNSUPPORTED,
                   "%s has no kernel for %s of %s to %s, and a strict plan refuses the reference",
                   p->dev->backend->name, op_name(call->op), tensor_text(call->in[0], in),
                   tensor_text(call->out, out));
}

static int resolve(struct plan *p, int i, bool strict) {
    const struct node *n = p->graph.nodes[i];
    struct step *s = &p->steps[i];
    struct device *runs_on = p->dev;
    s->call = lower_call(n);
    s->kernel = backend_kernel(p->dev, &s->call);
    s->kind = n->is_part ? ROUTE_COMPOSITE : ROUTE_NATIVE;
    if (!s->kernel) {
        if (strict)
            return refuse_reference(p, &s->call);
        runs_on = p->dev->host;
        s->on_host = !device_is_host(p->dev);
        s->kernel = backend_kernel(runs_on, &s->call);
        CHECK(s->kernel != NULL); /* the reference is complete */
    }
    if (runs_on->backend->is_reference)
        s->kind = ROUTE_REFERENCE;
    p->routes[s->kind]++;
    s->scratch = s->kernel->scratch ? s->kernel->scratch(runs_on, &s->call) : 0;
    int checked = op_checked_input(n->op);
    const struct value *ids = checked < 0 ? NULL : n->in[checked];
    s->is_checked = ids && (ids->base ? ids->base : ids)->kind == VALUE_INPUT;
    size_t seam = s->on_host      ? seam_bytes(&s->call) + s->scratch
                  : s->is_checked ? seam_bytes(&s->call)
                                  : 0;
    if (!device_is_host(p->dev) && seam > p->host_bytes)
        p->host_bytes = seam;
    return 0;
}

/* From here on the call's tensors are the plan's own, which get their addresses at each run. */
static void adopt_tensors(struct plan *p, int i) {
    const struct node *n = p->graph.nodes[i];
    struct op_call *call = &p->steps[i].call;
    for (int j = 0; j < OP_INPUTS_MAX; j++)
        call->in[j] = n->in[j] ? &p->tensors[n->in[j]->index] : NULL;
    call->out = &p->tensors[n->out->index];
}

static void touch(struct memory_span *spans, const struct value *v, int node) {
    struct memory_span *s = &spans[(v->base ? v->base : v)->index];
    s->first = s->first < 0 || node < s->first ? node : s->first;
    s->last = node > s->last ? node : s->last;
}

static void find_lifetimes(const struct plan *p, struct memory_span *spans) {
    const struct graph *g = &p->graph;
    for (int i = 0; i < g->value_count; i++)
        spans[i].first = spans[i].last = -1;
    for (int i = 0; i < g->node_count; i++) {
        touch(spans, g->nodes[i]->out, i);
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (g->nodes[i]->in[j])
                touch(spans, g->nodes[i]->in[j], i);
    }
    for (int i = 0; i < g->stage_count; i++)
        touch(spans, g->stages[i].value, g->stages[i].after < 0 ? 0 : g->stages[i].after);
    for (int i = 0; i < g->output_count; i++)
        touch(spans, g->outputs[i].value, g->node_count);
    for (int i = 0; i < g->value_count; i++) {
        const struct value *v = g->values[i];
        bool has_bytes = !v->base && (v->kind == VALUE_RESULT || v->kind == VALUE_BUFFER);
        spans[i].size = has_bytes ? tensor_size(&v->t) : 0;
        spans[i].first = spans[i].first < 0 ? 0 : spans[i].first;
    }
}

/* Values first, then the scratch memory of each step, which lives for that step only. */
static int lay_out(struct plan *p, bool reuse) {
    int values = p->graph.value_count, steps = p->graph.node_count;
    struct memory_span *spans = xcalloc((size_t)(values + steps) + 1, sizeof(*spans));
    find_lifetimes(p, spans);
    for (int i = 0; i < steps; i++)
        if (!p->steps[i].on_host)
            spans[values + i] =
                (struct memory_span){.size = p->steps[i].scratch, .first = i, .last = i};
    int rc = memory_layout(spans, values + steps, reuse, &p->bytes);
    for (int i = 0; i < values; i++)
        p->offsets[i] = spans[i].offset;
    for (int i = 0; i < steps; i++)
        p->steps[i].scratch_offset = spans[values + i].offset;
    free(spans);
    return rc;
}

int plan_new(struct plan **out, const struct graph *g, struct device *dev, unsigned flags) {
    int rc = graph_check(g);
    if (rc < 0)
        return rc;
    struct plan *p = xcalloc(1, sizeof(*p));
    bool strict = (flags & PLAN_STRICT) && !dev->backend->is_reference;
    p->dev = dev;
    rc = lower(&p->graph, g, dev, flags & PLAN_UNFUSED);
    size_t values = (size_t)p->graph.value_count + 1;
    p->steps = xcalloc((size_t)p->graph.node_count + 1, sizeof(*p->steps));
    p->tensors = xcalloc(values, sizeof(*p->tensors));
    p->offsets = xcalloc(values, sizeof(*p->offsets));
    p->bound = xcalloc(values, sizeof(*p->bound));
    for (int i = 0; rc == 0 && i < p->graph.value_count; i++)
        p->tensors[i] = p->graph.values[i]->t;
    for (int i = 0; rc == 0 && i < p->graph.node_count; i++) {
        rc = resolve(p, i, strict);
        adopt_tensors(p, i);
    }
    if (rc == 0)
        rc = lay_out(p, !(flags & PLAN_NO_REUSE));
    if (rc < 0) {
        plan_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void plan_free(struct plan *p) {
    if (!p)
        return;
    buffer_done(&p->own);
    buffer_done(&p->host);
    free(p->steps);
    free(p->tensors);
    free(p->offsets);
    free(p->bound);
    graph_done(&p->graph);
    free(p);
}

int plan_len(const struct plan *p) {
    return p->graph.node_count;
}

/* Fills what is said of one operand. */
static void route_operand(struct plan_route *out, int at, const struct value *v) {
    const struct value *root = v->base ? v->base : v;
    out->values[at] = root->index;
    out->offsets[at] = v->offset;
    if (at == OP_INPUTS_MAX)
        return;
    out->names[at] = root->name;
    out->is_weight[at] = root->kind == VALUE_WEIGHT;
}

void plan_route(const struct plan *p, int i, struct plan_route *out) {
    CHECK(i >= 0 && i < p->graph.node_count);
    const struct node *n = p->graph.nodes[i];
    const struct step *s = &p->steps[i];
    *out = (struct plan_route){.op = n->op,
                               .stage = n->stage,
                               .layer = n->layer,
                               .kernel = s->kernel->name,
                               .kind = s->kind,
                               .params = &n->params,
                               .out = s->call.out,
                               .scratch = s->on_host ? 0 : s->scratch};
    route_operand(out, OP_INPUTS_MAX, n->out);
    for (int j = 0; j < OP_INPUTS_MAX; j++) {
        out->in[j] = s->call.in[j];
        if (n->in[j])
            route_operand(out, j, n->in[j]);
    }
}

enum stage plan_stage(const struct plan *p, int i, int *layer) {
    for (; i < p->graph.node_count; i++)
        if (p->graph.nodes[i]->stage != STAGE_NONE) {
            *layer = p->graph.nodes[i]->layer;
            return p->graph.nodes[i]->stage;
        }
    *layer = -1;
    return STAGE_NONE;
}

int plan_routes(const struct plan *p, enum route_kind kind) {
    CHECK(kind < ROUTE_COUNT);
    return p->routes[kind];
}

size_t plan_bytes(const struct plan *p) {
    return p->bytes;
}

static int get_host_memory(struct plan *p) {
    if (p->host_bytes == 0 || p->host.data)
        return 0;
    return buffer_init(&p->host, p->dev->host, p->host_bytes);
}

int plan_use(struct plan *p, const struct buffer *workspace) {
    int rc = get_host_memory(p);
    if (rc < 0)
        return rc;
    if (!workspace) {
        if (!p->own.data)
            rc = buffer_init(&p->own, p->dev, p->bytes + MEMORY_ALIGNMENT);
        p->workspace = p->own.data;
        return rc;
    }
    if (workspace->device != p->dev)
        return err_set(ERR_ARG, "the workspace is memory of another device");
    if (workspace->size < p->bytes || !workspace->data)
        return err_set(ERR_ARG, "a workspace of %zu bytes; the plan needs %zu", workspace->size,
                       p->bytes);
    p->workspace = workspace->data;
    return 0;
}

static const struct value *find_input(const struct plan *p, const char *name) {
    for (int i = 0; i < p->graph.value_count; i++) {
        const struct value *v = p->graph.values[i];
        if (v->kind == VALUE_INPUT && strcmp(v->name, name) == 0)
            return v;
    }
    return NULL;
}

int plan_bind(struct plan *p, const char *name, const struct tensor *t) {
    char is[TENSOR_TEXT_SIZE], wanted[TENSOR_TEXT_SIZE];
    const struct value *v = find_input(p, name);
    if (!v)
        return err_set(ERR_NOTFOUND, "the plan has no input %s", name);
    if (t->dtype != v->t.dtype || !tensor_same_shape(t, &v->t))
        return err_set(ERR_ARG, "input %s is %s, not %s", name, tensor_text(t, is),
                       tensor_text(&v->t, wanted));
    if (!tensor_is_contiguous(t) || (!t->data && tensor_count(t) > 0))
        return err_set(ERR_ARG, "input %s, %s, is %s", name, tensor_text(t, is),
                       t->data ? "not contiguous" : "without bytes");
    p->bound[v->index] = t->data;
    return 0;
}

/* Where the bytes of value v begin, or ERR_ARG when nobody has said. */
static int find_bytes(const struct plan *p, const struct value *v, void **out) {
    size_t align = dtype_align(v->t.dtype);
    const char *what = v->kind == VALUE_INPUT ? "input" : "weight";
    if (v->kind == VALUE_INPUT)
        *out = p->bound[v->index];
    else if (v->kind == VALUE_WEIGHT)
        *out = v->source->data;
    else
        *out = (char *)p->workspace + p->offsets[v->index];
    if (!*out && tensor_count(&v->t) > 0)
        return err_set(ERR_ARG, "%s %s has no bytes", what, v->name);
    if ((uintptr_t)*out % align)
        return err_set(ERR_ARG, "%s %s does not lie at a multiple of %zu bytes", what, v->name,
                       align);
    return 0;
}

/* A view may be listed before what it looks into (see graph_into()), so views come second. */
static int find_addresses(struct plan *p) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < p->graph.value_count; i++)
        if (!p->graph.values[i]->base)
            rc = find_bytes(p, p->graph.values[i], &p->tensors[i].data);
    for (int i = 0; rc == 0 && i < p->graph.value_count; i++) {
        const struct value *v = p->graph.values[i];
        char *base = v->base ? p->tensors[v->base->index].data : NULL;
        if (base)
            p->tensors[i].data = base + tensor_offset(&v->t, v->offset);
    }
    return rc;
}

static int prepare(struct plan *p) {
    int rc = p->workspace ? 0 : plan_use(p, NULL);
    if (rc == 0)
        rc = find_addresses(p);
    for (int i = 0; rc == 0 && i < p->graph.node_count; i++) {
        struct step *s = &p->steps[i];
        s->call.scratch = s->on_host ? (char *)p->host.data + seam_bytes(&s->call)
                                     : (char *)p->workspace + s->scratch_offset;
        if (s->is_checked)
            rc = device_is_host(p->dev) ? op_check(&s->call)
                                        : seam_check(p->dev, &s->call, p->host.data);
    }
    return rc;
}

static int run_step(struct plan *p, int i) {
    const struct step *s = &p->steps[i];
    int rc = s->on_host ? seam_run(p->dev, s->kernel, &s->call, p->host.data)
                        : s->kernel->run(p->dev, &s->call);
    if (rc == 0)
        return 0;
    const struct node *n = p->graph.nodes[i];
    if (n->stage == STAGE_NONE)
        return err_while(rc, "node %d, %s", i, s->kernel->name);
    return err_while(rc, "node %d, %s, %s of layer %d", i, s->kernel->name, stage_name(n->stage),
                     n->layer);
}

/* Shows the stages that are complete after node i; *next is the first not yet shown. */
static int show(struct plan *p, int i, int *next, const struct plan_watch *watch) {
    const struct graph *g = &p->graph;
    int rc = 0;
    for (; rc == 0 && *next < g->stage_count && g->stages[*next].after <= i; ++*next) {
        const struct graph_stage *s = &g->stages[*next];
        rc = device_sync(p->dev);
        if (rc == 0)
            rc = watch->stage(watch->arg, s->stage, s->layer, &p->tensors[s->value->index]);
    }
    return rc;
}

static int show_node(struct plan *p, int i, bool ran, const struct plan_watch *watch) {
    int rc = device_sync(p->dev);
    return rc < 0 ? rc : watch->node(watch->arg, p, i, ran, &p->steps[i].call);
}

/* Kept apart from the loop of a run that nobody watches, which so costs what it always did. */
static int run_shown(struct plan *p, const struct plan_watch *watch) {
    int next = 0, rc = watch->stage ? show(p, -1, &next, watch) : 0;
    for (int i = 0; rc == 0 && i < p->graph.node_count; i++) {
        if (watch->node)
            rc = show_node(p, i, false, watch);
        if (rc == 0)
            rc = run_step(p, i);
        if (rc == 0 && watch->node)
            rc = show_node(p, i, true, watch);
        if (rc == 0 && watch->stage)
            rc = show(p, i, &next, watch);
    }
    return rc;
}

int plan_run_watched(struct plan *p, const struct plan_watch *watch) {
    int rc = prepare(p);
    if (rc == 0 && watch && (watch->stage || watch->node))
        rc = run_shown(p, watch);
    else
        for (int i = 0; rc == 0 && i < p->graph.node_count; i++)
            rc = run_step(p, i);
    int ended = device_sync(p->dev);
    return rc < 0 ? rc : ended;
}

int plan_run(struct plan *p, plan_hook *hook, void *arg) {
    return plan_run_watched(p, &(struct plan_watch){.stage = hook, .arg = arg});
}

const struct tensor *plan_output(const struct plan *p, const char *name) {
    for (int i = 0; i < p->graph.output_count; i++)
        if (strcmp(p->graph.outputs[i].name, name) == 0)
            return &p->tensors[p->graph.outputs[i].value->index];
    return NULL;
}
