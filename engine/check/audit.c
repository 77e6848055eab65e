/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/audit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/check/overlay.h"
#include "engine/check/plain.h"
#include "engine/trace/compare.h"

/* What a node left behind, to see whether it is still there when it is read. */
struct written {
    int value; /* of the plan */
    int64_t offset;
    size_t span;
    uint64_t hash;
};

struct audit {
    struct audit_options options;
    int64_t deadline;
    struct audit_finding first;
    struct compare_total total;
    struct arena arena; /* routes */
    struct kept {
        struct plan_route *routes;
        int count;
    } kept[AUDIT_RUNS_KEPT];
    int kept_count;
    struct written *written; /* [written_cap] */
    int written_count, written_cap;
    char *before; /* the bytes that a node is about to write into an input */
    size_t before_size;
    int run;
    int64_t looked_at, skipped;
    uint64_t wrong_kins; /* 1 << op, in the run of the first finding */
};

void audit_new(struct audit **out, const struct audit_options *options) {
    struct audit *a = xcalloc(1, sizeof(*a));
    a->options = *options;
    a->run = -1;
    a->deadline = options->budget_ns > 0 ? clock_mono_ns() + options->budget_ns : INT64_MAX;
    arena_init(&a->arena, 0);
    *out = a;
}

void audit_free(struct audit *a) {
    if (!a)
        return;
    arena_done(&a->arena);
    free(a->written);
    free(a->before);
    free(a);
}

const struct audit_finding *audit_first(const struct audit *a) {
    return &a->first;
}
int64_t audit_looked_at(const struct audit *a) {
    return a->looked_at;
}
const struct compare_total *audit_total(const struct audit *a) {
    return &a->total;
}
int64_t audit_skipped(const struct audit *a) {
    return a->skipped;
}
int audit_runs(const struct audit *a) {
    return a->kept_count;
}
int audit_routes(const struct audit *a, int run, const struct plan_route **out) {
    if (run >= a->kept_count)
        return 0;
    *out = a->kept[run].routes;
    return a->kept[run].count;
}

/* ---- the first runs' routes ---- */

/* With the numbers of what the plan was given, which may be gone when they are
 * asked for. */
static void keep_route(struct audit *a, struct plan_route *r, const struct plan *p, int i) {
    plan_route(p, i, r);
    struct tensor *copies = arena_array(&a->arena, OP_INPUTS_MAX + 1, sizeof(*copies));
    struct op_params *params = arena_alloc(&a->arena, sizeof(*params));
    *params = *r->params;
    r->params = params;
    for (int j = 0; j < OP_INPUTS_MAX; j++) {
        if (!r->in[j])
            continue;
        copies[j] = *r->in[j];
        copies[j].data = NULL;
        if (r->names[j] && !r->is_weight[j] && tensor_is_contiguous(r->in[j])) {
            copies[j].data = arena_alloc(&a->arena, tensor_size(r->in[j]));
            memcpy(copies[j].data, r->in[j]->data, tensor_size(r->in[j]));
        }
        r->in[j] = &copies[j];
        if (r->names[j])
            r->names[j] = arena_strdup(&a->arena, r->names[j]);
    }
    copies[OP_INPUTS_MAX] = *r->out;
    copies[OP_INPUTS_MAX].data = NULL;
    r->out = &copies[OP_INPUTS_MAX];
}

static void begin_run(struct audit *a, const struct plan *p) {
    a->run++;
    a->written_count = 0;
    if (a->kept_count == AUDIT_RUNS_KEPT)
        return;
    struct kept *k = &a->kept[a->kept_count++];
    k->count = plan_len(p);
    k->routes = arena_array(&a->arena, (size_t)k->count + 1, sizeof(*k->routes));
    for (int i = 0; i < k->count; i++)
        keep_route(a, &k->routes[i], p, i);
}

/* ---- whether memory stays what it is ---- */

/* Of the elements, not of what lies between them. */
static uint64_t hash_of(const struct tensor *t) {
    uint64_t sum = 0;
    if (tensor_count(t) == 0)
        return 0;
    size_t size = dtype_bytes(t->dtype, tensor_row_len(t));
    if (tensor_row_stride(t) != 1)
        return map_hash(t->data, tensor_span(t));
    for (int64_t r = 0; r < tensor_rows(t); r++)
        sum = sum * 31 + map_hash(tensor_row(t, r), size);
    return sum;
}

static void note_written(struct audit *a, const struct plan_route *r) {
    int value = r->values[OP_INPUTS_MAX], kept = 0;
    int64_t begin = r->offsets[OP_INPUTS_MAX];
    if (op_writes_input(r->op) >= 0 || dtype_is_block(r->out->dtype))
        return;
    for (int i = 0; i < a->written_count; i++)
        if (a->written[i].value != value || a->written[i].offset != begin)
            a->written[kept++] = a->written[i];
    a->written_count = kept;
    if (kept == a->written_cap) {
        a->written_cap = a->written_cap ? 2 * a->written_cap : 64;
        a->written = xrealloc(a->written, (size_t)a->written_cap * sizeof(*a->written));
    }
    a->written[a->written_count++] =
        (struct written){value, begin, tensor_span(r->out), hash_of(r->out)};
}

static bool is_still_there(const struct audit *a, const struct plan_route *r, int i) {
    if (!r->in[i] || overlay_is_state(r, i) || r->in[i]->rank != 2)
        return true;
    for (int k = 0; k < a->written_count; k++) {
        const struct written *w = &a->written[k];
        if (w->value == r->values[i] && w->offset == r->offsets[i] &&
            w->span == tensor_span(r->in[i]))
            return w->hash == hash_of(r->in[i]);
    }
    return true;
}

static bool is_overlaid(const struct audit *a, const struct plan *p, const struct plan_route *r,
                        const struct op_call *call) {
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (!is_still_there(a, r, i))
            return true;
    return overlay_found(p, r, call);
}

/* ---- the same op, elsewhere ---- */

const struct tolerance *audit_limit(const struct op_call *call, const char *kernel) {
    size_t len = strlen(kernel);
    if (len > 3 && strcmp(kernel + len - 3, "_q8") == 0)
        return &tolerance_native_q8;
    switch (call->op) {
    case OP_GET_ROWS:
    case OP_KV_STORE:
    case OP_COPY:
        return dtype_is_block(op_key_dtype(call)) ? &tolerance_element : &tolerance_exact;
    case OP_MATMUL:
    case OP_MATMULS:
    case OP_GATED:
    case OP_ATTENTION:
    case OP_ATTN_SCORES:
    case OP_ATTN_VALUES:
        return &tolerance_product;
    default:
        return &tolerance_element;
    }
}

/* The call as a plan of the judge's own, who may have to take it apart: inputs where they lie, the
 * result in fresh memory, and no bytes used twice: how a plan lays them out is on trial, too. */
struct again {
    struct op_call call;
    struct tensor state;
    void *bytes;                       /* of the state */
    struct tensor wide[OP_INPUTS_MAX]; /* weights as f32; their bytes are owned */
    struct graph graph;
    struct plan *plan;
};

static void again_done(struct again *g) {
    plan_free(g->plan);
    graph_done(&g->graph);
    free(g->bytes);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        free(g->wide[i].data);
}

/* Inputs that the judge can read; false when one cannot be had. */
static bool find_inputs(struct again *g, const struct audit *a, const struct plan_route *r) {
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        const struct tensor *t = g->call.in[i];
        if (!t || t->layout == TENSOR_ROWS)
            continue;
        t = a->options.rows && r->names[i] ? a->options.rows(a->options.arg, r->names[i]) : NULL;
        if (!t || !tensor_same_shape(t, g->call.in[i]) || t->dtype != g->call.in[i]->dtype)
            return false;
        g->call.in[i] = t;
    }
    return true;
}

/* What the node is about to write into, as it was. */
static void restore_state(struct again *g, const struct audit *a) {
    int writes = op_writes_input(g->call.op);
    if (writes < 0)
        return;
    g->bytes = xaligned(64, (a->before_size + 64) / 64 * 64);
    memcpy(g->bytes, a->before, a->before_size);
    g->state = *g->call.in[writes];
    g->state.data = g->bytes;
    g->call.in[writes] = &g->state;
}

/* Weights become f32. */
static void widen(struct again *g, const struct plan_route *r) {
    for (int i = 0; i < OP_INPUTS_MAX; i++) {
        const struct tensor *t = g->call.in[i];
        if (!t || !r->is_weight[i] || t->dtype == DTYPE_F32)
            continue;
        CHECK(tensor_init(&g->wide[i], DTYPE_F32, t->rank, t->shape) == 0);
        g->wide[i].data = xaligned(64, (tensor_size(&g->wide[i]) + 64) / 64 * 64);
        tensor_copy(&g->wide[i], t);
        g->call.in[i] = &g->wide[i];
    }
}

static bool again_init(struct again *g, const struct audit *a, const struct plan_route *r,
                       const struct op_call *call, struct device *dev, bool wide) {
    struct value *in[OP_INPUTS_MAX] = {NULL};
    *g = (struct again){.call = *call};
    graph_init(&g->graph);
    restore_state(g, a);
    if (!find_inputs(g, a, r))
        return false;
    if (wide)
        widen(g, r);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        in[i] = g->call.in[i] ? graph_weight(&g->graph, "input", g->call.in[i]) : NULL;
    graph_output(&g->graph, "out", graph_op(&g->graph, call->op, &call->params, in));
    return plan_new(&g->plan, &g->graph, dev, PLAN_STRICT | PLAN_NO_REUSE) == 0;
}

/* What the node made, against what dev makes of the same. 0, and *total; 1 when
 * it cannot. */
static int compare_with(struct audit *a, const struct plan_route *r, const struct op_call *call,
                        struct device *dev, struct compare_total *total, const char **kernel) {
    struct again g;
    struct plan_route last;
    *total = (struct compare_total){0};
    int rc = 1;
    if (again_init(&g, a, r, call, dev, false) && plan_run(g.plan, NULL, NULL) == 0) {
        plan_route(g.plan, plan_len(g.plan) - 1, &last);
        *kernel = last.kernel;
        rc = compare_alike(total, op_name(call->op), call->out, plan_output(g.plan, "out"), NULL,
                           audit_limit(call, r->kernel)) < 0;
    }
    again_done(&g);
    return rc;
}

/* What the node made, against the op's definition. 0, and *total; 1 when it cannot. */
static int compare_with_definition(struct audit *a, const struct plan_route *r,
                                   const struct op_call *call, struct compare_total *total) {
    struct again g = {.call = *call};
    struct plain plain;
    struct tensor got, want;
    *total = (struct compare_total){0};
    if (dtype_is_block(call->out->dtype) || !find_inputs(&g, a, r))
        return 1;
    restore_state(&g, a);
    int64_t count = tensor_count(call->out);
    double *numbers = xcalloc((size_t)count + 1, sizeof(*numbers));
    float *floats = xcalloc(2 * (size_t)count + 1, sizeof(*floats));
    CHECK(tensor_init(&want, DTYPE_F32, call->out->rank, call->out->shape) == 0);
    got = want;
    want.data = floats;
    got.data = floats + count;
    plain_init(&plain, &g.call);
    plain_op(&plain, numbers);
    for (int64_t i = 0; i < count; i++)
        floats[i] = (float)numbers[i];
    tensor_copy(&got, call->out);
    int rc = compare_alike(total, op_name(call->op), &got, &want, NULL,
                           audit_limit(call, r->kernel)) < 0;
    plain_done(&plain);
    free(numbers);
    free(floats);
    again_done(&g);
    return rc;
}

/* ---- what is wrong about it ---- */

/* What the node reads that is not f32, of the files; f32 when there is nothing. */
static enum dtype narrow_of(const struct plan_route *r) {
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (r->in[i] && r->is_weight[i] && r->in[i]->dtype != DTYPE_F32)
            return r->in[i]->dtype;
    return DTYPE_F32;
}

/* Whether the suspect computes what the judge does once the weights are f32. */
static bool is_right_when_wide(struct audit *a, const struct plan_route *r,
                               const struct op_call *call) {
    struct again mine, theirs;
    struct compare_total total = {0};
    if (!a->options.suspect || narrow_of(r) == DTYPE_F32)
        return false;
    bool is_right = again_init(&mine, a, r, call, a->options.suspect, true) &&
                    plan_run(mine.plan, NULL, NULL) == 0;
    is_right = again_init(&theirs, a, r, call, a->options.judge, true) && is_right &&
               plan_run(theirs.plan, NULL, NULL) == 0 &&
               compare_alike(&total, op_name(call->op), plan_output(mine.plan, "out"),
                             plan_output(theirs.plan, "out"), NULL,
                             audit_limit(&mine.call, r->kernel)) == 0 &&
               !total.wrong;
    again_done(&mine);
    again_done(&theirs);
    return is_right;
}

/* Ops that are made of the same parts. */
static int kin_of(enum op op) {
    switch (op) {
    case OP_MATMULS:
    case OP_GATED:
        return OP_MATMUL;
    case OP_LAYER_NORM:
        return OP_RMS_NORM;
    case OP_ATTN_SCORES:
    case OP_ATTN_VALUES:
        return OP_ATTENTION;
    default:
        return (int)op;
    }
}

static void note(struct audit *a, const struct plan *p, int node, const struct plan_route *r,
                 const struct op_call *call) {
    a->first.found = true;
    a->first.other = OP_COUNT;
    a->first.op = r->op;
    a->first.kernel = r->kernel;
    a->first.run = a->run;
    a->first.node = node;
    a->first.stage = plan_stage(p, node, &a->first.layer);
    (void)op_shapes(call, a->first.shapes);
}

static void look(struct audit *a, const struct plan *p, int node, const struct plan_route *r,
                 const struct op_call *call) {
    struct compare_total total, defined;
    const char *kernel = NULL;
    if (tensor_count(call->out) == 0)
        return;
    if (compare_with(a, r, call, a->options.judge, &total, &kernel) != 0 &&
        compare_with_definition(a, r, call, &total) != 0) {
        a->skipped++;
        return;
    }
    a->looked_at++;
    compare_add(&a->total, &total);
    if (!total.wrong)
        return;
    note(a, p, node, r, call);
    a->first.judge_kernel = kernel;
    a->first.nmse = total.nmse;
    a->first.limit = total.nmse_limit;
    a->first.max_abs = total.max_abs;
    a->first.badness = total.badness;
    if (compare_with_definition(a, r, call, &defined) == 0) {
        a->first.defined = true;
        a->first.defined_agrees = !defined.wrong;
    }
    a->first.narrow = is_right_when_wide(a, r, call) ? narrow_of(r) : DTYPE_F32;
    a->wrong_kins = 1ull << kin_of(r->op);
}

/* Behind the first finding, while its run lasts: another op that reads what that reads, and is
 * wrong as it is by that alone; or two more that have nothing in common but who computes them. */
static void look_for_company(struct audit *a, const struct plan_route *r,
                             const struct op_call *call) {
    struct audit_finding *f = &a->first;
    struct compare_total total;
    const char *kernel = NULL;
    bool narrow = f->narrow != DTYPE_F32;
    if (f->overwritten || f->shares || a->run != f->run || a->wrong_kins >> kin_of(r->op) & 1 ||
        (narrow && narrow_of(r) != f->narrow) || op_writes_input(r->op) >= 0 ||
        compare_with(a, r, call, a->options.judge, &total, &kernel) != 0 || !total.wrong ||
        narrow != is_right_when_wide(a, r, call))
        return;
    if (f->other == OP_COUNT)
        f->other = r->op;
    else
        f->shares = true;
    f->shares = f->shares || narrow;
    a->wrong_kins |= 1ull << kin_of(r->op);
}

static void remember_state(struct audit *a, const struct op_call *call) {
    int writes = op_writes_input(call->op);
    if (writes < 0)
        return;
    size_t size = tensor_span(call->in[writes]);
    if (size > a->before_size || !a->before)
        a->before = xrealloc(a->before, size + 1);
    a->before_size = size;
    memcpy(a->before, call->in[writes]->data, size);
}

static bool is_spent(const struct audit *a) {
    int64_t nodes = a->options.budget_nodes;
    return (nodes > 0 && a->looked_at >= nodes) ||
           (a->deadline < INT64_MAX && clock_mono_ns() > a->deadline);
}

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    struct audit *a = arg;
    struct plan_route r;
    if (!ran && node == 0)
        begin_run(a, p);
    if (a->first.found && ran && !is_spent(a)) {
        plan_route(p, node, &r);
        look_for_company(a, &r, call);
    }
    if (a->first.found)
        return 0;
    if (is_spent(a)) {
        a->skipped += ran;
        return 0;
    }
    plan_route(p, node, &r);
    if (!ran) {
        remember_state(a, call);
        if (is_overlaid(a, p, &r, call)) {
            note(a, p, node, &r, call);
            a->first.overwritten = true;
        }
        return 0;
    }
    look(a, p, node, &r, call);
    note_written(a, &r);
    return 0;
}

struct plan_watch audit_watch(struct audit *a) {
    return (struct plan_watch){NULL, see_node, a};
}
