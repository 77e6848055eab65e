/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/record.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/format/checkpoint.h"
#include "engine/graph/composite.h"

static int refuse_stage(const char *name, size_t len) {
    char all[1024];
    size_t at = 0;
    for (int s = STAGE_NONE + 1; s < STAGE_COUNT && at < sizeof(all); s++)
        at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", s > 1 ? ", " : "",
                               stage_name((enum stage)s));
    return err_set(ERR_ARG, "there is no stage \"%.*s\"; there are %s", (int)len, name, all);
}

int record_parse_stages(bool out[STAGE_COUNT], const char *text) {
    char name[64];
    memset(out, 0, STAGE_COUNT * sizeof(*out));
    while (*text) {
        size_t len = strcspn(text, ","), begin = strspn(text, " \t"), n = 0;
        for (size_t i = begin; i < len && !isspace((unsigned char)text[i]); i++)
            if (n < sizeof(name) - 1)
                name[n++] = (char)tolower((unsigned char)text[i]);
        name[n] = 0;
        enum stage stage;
        if (strcmp(name, "all") == 0)
            memset(out, 1, STAGE_COUNT * sizeof(*out));
        else if (stage_parse(&stage, name))
            out[stage] = true;
        else
            return refuse_stage(text, len);
        text += len + (text[len] == ',');
    }
    return 0;
}

int record_parse_layers(int *first, int *end, const char *text) {
    char *stop;
    long a = strtol(text, &stop, 10), b = a + 1;
    if (stop != text && strncmp(stop, "..", 2) == 0) {
        const char *second = stop + 2;
        b = strtol(second, &stop, 10);
        if (stop == second)
            b = -1;
    }
    if (stop == text || *stop || a < 0 || b <= a || b > INT32_MAX)
        return err_set(ERR_ARG, "\"%s\" is no range of layers; 0..2 is the first two", text);
    *first = (int)a;
    *end = (int)b;
    return 0;
}

void record_init(struct record *r, struct trace *trace, const struct record_options *options) {
    *r = (struct record){.trace = trace, .options = *options, .node = -1, .step = -1};
}

void record_begin_step(struct record *r, const int32_t *ids, int64_t rows, int64_t len,
                       int64_t past) {
    struct trace_step *s = trace_add_step(r->trace);
    *s = (struct trace_step){.past = past, .rows = rows, .plan = -1};
    if (ids) {
        size_t count = (size_t)(rows * len);
        s->ids = arena_array(&r->trace->arena, count + 1, sizeof(*s->ids));
        memcpy(s->ids, ids, count * sizeof(*ids));
        s->len = rows * len;
    }
    r->step++;
    r->plan = NULL;
    r->node = -1;
    r->tokens_so_far = past + len;
    r->step_begin = r->trace->item_count;
}

/* A route whose strings and shapes outlive the plan. */
static struct plan_route copy_route(struct trace *t, const struct plan *p, int i) {
    struct plan_route route;
    plan_route(p, i, &route);
    struct tensor *shapes = arena_array(&t->arena, OP_INPUTS_MAX + 1, sizeof(*shapes));
    struct op_params *params = arena_alloc(&t->arena, sizeof(*params));
    *params = *route.params;
    route.params = params;
    for (int j = 0; j < OP_INPUTS_MAX; j++) {
        if (!route.in[j])
            continue;
        shapes[j] = *route.in[j];
        shapes[j].data = NULL;
        route.in[j] = &shapes[j];
        if (route.names[j])
            route.names[j] = arena_strdup(&t->arena, route.names[j]);
    }
    shapes[OP_INPUTS_MAX] = *route.out;
    shapes[OP_INPUTS_MAX].data = NULL;
    route.out = &shapes[OP_INPUTS_MAX];
    return route; /* names of kernels are of tables */
}

/* The plan's place in the trace, which takes its nodes when they are new. */
static int find_plan(struct trace *t, const struct plan *p) {
    for (size_t i = 0; i < t->plan_count; i++)
        if (t->plans[i].plan == p && t->plans[i].count == plan_len(p))
            return (int)i;
    struct trace_plan *added = trace_add_plan(t);
    added->plan = p;
    added->count = plan_len(p);
    added->nodes = arena_array(&t->arena, (size_t)added->count, sizeof(*added->nodes));
    for (int i = 0; i < added->count; i++)
        added->nodes[i] = copy_route(t, p, i);
    return (int)t->plan_count - 1;
}

/* A step for a run that nobody has announced. */
static void begin_run(struct record *r, const struct plan *p) {
    struct plan_route first;
    plan_route(p, 0, &first);
    bool looks_up = first.op == OP_GET_ROWS && first.names[1] && !first.is_weight[1];
    const struct tensor *ids = looks_up ? first.in[1] : NULL;
    record_begin_step(r, ids ? ids->data : NULL, 1, ids ? tensor_count(ids) : 0, 0);
    r->tokens_so_far = INT64_MAX;
}

static bool is_beyond(const struct record *r) {
    return r->options.runs_max > 0 && r->step >= r->options.runs_max;
}

static void begin_plan(struct record *r, const struct plan *p) {
    if (r->options.runs)
        begin_run(r, p);
    int plan = find_plan(r->trace, p); /* chunks of a prompt: the last one counts */
    r->trace->steps[r->step].plan = plan;
    r->plan = p;
    r->node = -1;
}

static void note_weight(struct record *r, const char *name, const struct tensor *t) {
    for (size_t i = 0; i < r->trace->weight_count; i++)
        if (strcmp(r->trace->weights[i].name, name) == 0)
            return;
    struct trace_weight *w = trace_add_weight(r->trace);
    w->name = arena_strdup(&r->trace->arena, name);
    w->shape = *t;
    w->shape.data = NULL;
    if (t->layout == TENSOR_ROWS && tensor_is_contiguous(t))
        (void)hash_bytes(t->data, tensor_size(t), w->hash);
}

/* What the plan was given for this run. */
static int keep_inputs(struct record *r, const struct plan *p) {
    char key[128];
    int rc = 0;
    for (int i = 0; rc == 0 && i < plan_len(p); i++) {
        struct plan_route route;
        plan_route(p, i, &route);
        for (int j = 0; rc == 0 && j < OP_INPUTS_MAX; j++) {
            if (!route.names[j] || route.is_weight[j])
                continue;
            (void)snprintf(key, sizeof(key), "step-%" PRId64 "/input-%s", r->step, route.names[j]);
            struct trace_item *item;
            if (trace_find_key(r->trace, key))
                continue;
            rc = trace_add_named(r->trace, key, route.in[j], &item);
            if (rc == 0)
                item->step = r->step;
        }
    }
    return rc;
}

static int see_limit(const struct record *r) {
    if (r->options.bytes_max == 0 || r->trace->bytes <= r->options.bytes_max)
        return 0;
    return err_set(ERR_LIMIT,
                   "the trace holds more than %zu MiB; ask for fewer stages, layers or steps",
                   r->options.bytes_max >> 20);
}

/* To the graph a cache is a weight, too. */
static bool sees_cache(enum op op) {
    return op == OP_KV_STORE || op == OP_ATTENTION || op == OP_ATTN_SCORES || op == OP_ATTN_VALUES;
}

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    struct record *r = arg;
    struct plan_route route;
    int rc = 0;
    if (!ran && node == 0) {
        begin_plan(r, p);
        if (r->options.nodes && !is_beyond(r))
            rc = keep_inputs(r, p);
    }
    if (rc < 0 || is_beyond(r))
        return rc;
    if (ran)
        r->node = node;
    if (!ran && r->options.weights) {
        plan_route(p, node, &route);
        for (int i = 0; i < OP_INPUTS_MAX; i++)
            if (route.is_weight[i] && !sees_cache(call->op))
                note_weight(r, route.names[i], call->in[i]);
    }
    if (!ran || !r->options.nodes)
        return 0;
    char key[64];
    struct trace_item *item;
    (void)snprintf(key, sizeof(key), "step-%" PRId64 "/node-%d", r->step, node);
    if (trace_find_key(r->trace, key)) /* of an earlier chunk: the first is kept */
        return 0;
    rc = trace_add_named(r->trace, key, call->out, &item);
    if (rc < 0)
        return rc;
    item->step = r->step;
    item->node = node;
    item->op = op_name(call->op);
    return see_limit(r);
}

static bool is_scores(enum stage stage) {
    return stage == STAGE_ATTN_SCORES || stage == STAGE_ATTN_SOFTMAX;
}

static bool is_wanted(const struct record *r, enum stage stage, int layer) {
    bool inside = layer < 0 || (layer >= r->options.first_layer && layer < r->options.end_layer);
    return r->options.stages[stage] && inside && r->step >= 0 && !is_beyond(r);
}

static struct trace_item *find_chunk(struct record *r, enum stage stage, int layer) {
    for (size_t i = r->step_begin; i < r->trace->item_count; i++) {
        struct trace_item *item = &r->trace->items[i];
        if (item->stage == stage && item->layer == layer)
            return item;
    }
    return NULL;
}

/* Slots of the cache behind the step's last token hold nothing. */
static struct tensor trimmed(const struct record *r, enum stage stage, const struct tensor *t) {
    struct tensor out = *t;
    if (is_scores(stage) && t->rank == 4 && t->shape[3] > r->tokens_so_far)
        CHECK(tensor_narrow(&out, t, 3, 0, r->tokens_so_far) == 0);
    return out;
}

static int see_stage(void *arg, enum stage stage, int layer, const struct tensor *t) {
    struct record *r = arg;
    struct plan_route route;
    if (!is_wanted(r, stage, layer))
        return 0;
    struct tensor value = trimmed(r, stage, t);
    struct trace_item *item = find_chunk(r, stage, layer);
    int rc = item ? trace_extend(r->trace, item, &value, is_scores(stage) ? 2 : 0)
                  : trace_add(r->trace, r->step, stage, layer, &value, &item);
    if (rc < 0)
        return rc;
    item->node = r->node;
    if (r->plan && r->node >= 0) {
        plan_route(r->plan, r->node, &route);
        item->op = op_name(route.op);
        item->kernel = route.kernel;
        item->route = plan_route_name(route.kind);
    }
    return see_limit(r);
}

struct plan_watch record_watch(struct record *r) {
    return (struct plan_watch){see_stage, see_node, r};
}

/* The op of the layer that runs whole and has the stage inside; NULL when there is none. */
static const char *swallower(const struct trace_plan *p, enum stage stage, int layer) {
    enum stage inside[STAGE_COUNT];
    for (int i = 0; i < p->count; i++) {
        const struct plan_route *n = &p->nodes[i];
        struct op_call call = {.op = n->op, .params = *n->params, .out = n->out};
        memcpy(call.in, n->in, sizeof(call.in));
        int count = n->layer == layer ? composite_stages(&call, inside, STAGE_COUNT) : 0;
        for (int k = 0; k < count; k++)
            if (inside[k] == stage)
                return op_name(n->op);
    }
    return NULL;
}

static bool is_of_layers(enum stage stage) {
    return stage != STAGE_EMBEDDING && stage != STAGE_FINAL_NORM && stage != STAGE_LM_HEAD;
}

static void note_absence(struct record *r, enum stage stage, int layer) {
    struct trace *t = r->trace;
    int plan = t->steps[r->step].plan;
    const char *op = plan < 0 ? NULL : swallower(&t->plans[plan], stage, layer);
    const char *why = op ? arena_printf(&t->arena, "swallowed by %s", op) : "not in this plan";
    struct trace_absence *last = t->absence_count ? &t->absences[t->absence_count - 1] : NULL;
    if (last && last->stage == stage && last->step == r->step && last->last_layer == layer - 1 &&
        layer > 0 && strcmp(last->why, why) == 0) {
        last->last_layer = layer;
        return;
    }
    *trace_add_absence(t) = (struct trace_absence){stage, r->step, layer, layer, why};
}

void record_end_step(struct record *r, int layers) {
    int end = r->options.end_layer < layers ? r->options.end_layer : layers;
    for (int s = STAGE_NONE + 1; s < STAGE_COUNT; s++) {
        bool each = is_of_layers((enum stage)s);
        if (!r->options.stages[s])
            continue;
        for (int layer = each ? r->options.first_layer : -1; layer < (each ? end : 0); layer++)
            if (!find_chunk(r, (enum stage)s, layer))
                note_absence(r, (enum stage)s, layer);
    }
}

int record_model_hash(struct trace *t, const struct checkpoint *cp, const char **out) {
    struct hash *h = hash_new();
    char digits[HASH_HEX_SIZE];
    const char *last = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < checkpoint_count(cp); i++) {
        const char *file = checkpoint_file_at(cp, i);
        if (last && strcmp(file, last) == 0)
            continue;
        rc = hash_file(file, digits);
        if (rc == 0)
            hash_add(h, digits, sizeof(digits) - 1);
        last = file;
    }
    if (rc < 0) {
        hash_free(h);
        return rc;
    }
    *out = arena_strdup(&t->arena, hash_finish(h, digits));
    return 0;
}
