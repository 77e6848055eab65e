/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/trace_json.h"

#include <string.h>

#include "engine/base/err.h"

static void put_text(struct json_writer *w, const char *key, const char *text) {
    if (text)
        json_put_str(w, key, text);
}

static void put_layer(struct json_writer *w, int layer) {
    if (layer >= 0)
        json_put_int(w, "layer", layer);
}

static void put_shape(struct json_writer *w, const struct tensor *t) {
    json_open_array(w, "shape");
    for (int d = 0; d < t->rank; d++)
        json_put_int(w, NULL, t->shape[d]);
    json_close_array(w);
    json_put_str(w, "dtype", dtype_name(t->dtype));
}

/* Only what the op names, so that the rest cannot differ. */
static void put_params(struct json_writer *w, const struct plan_route *n) {
    const struct op_params *p = n->params;
    json_open_object(w, "params");
    switch (n->op) {
    case OP_RMS_NORM:
    case OP_LAYER_NORM:
        json_put_real(w, "eps", p->eps);
        break;
    case OP_SCALE:
        json_put_real(w, "scale", p->scale);
        break;
    case OP_ROPE:
        json_put_real(w, "scale", p->scale);
        json_put_str(w, "layout", p->rope_layout == ROPE_HALF ? "half" : "interleaved");
        break;
    case OP_ATTENTION:
    case OP_ATTN_SCORES:
        json_put_real(w, "scale", p->scale);
        json_put_int(w, "window", p->window);
        json_put_bool(w, "causal", p->causal);
        break;
    case OP_GATED:
        json_put_str(w, "act", op_name(p->act));
        break;
    case OP_COPY:
        json_put_str(w, "dtype", dtype_name(p->dtype));
        break;
    default:
        break;
    }
    json_close_object(w);
}

static void put_operand(struct json_writer *w, const struct plan_route *n, int at,
                        const struct tensor *t) {
    json_open_object(w, NULL);
    if (at < OP_INPUTS_MAX && n->names[at])
        json_put_str(w, n->is_weight[at] ? "weight" : "input", n->names[at]);
    json_put_int(w, "value", n->values[at]);
    if (n->offsets[at] != 0)
        json_put_int(w, "offset", n->offsets[at]);
    put_shape(w, t);
    json_close_object(w);
}

void trace_json_put_node(struct json_writer *w, const struct plan_route *n) {
    json_open_object(w, NULL);
    json_put_str(w, "op", op_name(n->op));
    if (n->stage != STAGE_NONE)
        json_put_str(w, "stage", stage_name(n->stage));
    put_layer(w, n->layer);
    put_params(w, n);
    json_open_array(w, "in");
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (n->in[i])
            put_operand(w, n, i, n->in[i]);
        else if (i < op_inputs_max(n->op))
            json_put_null(w, NULL);
    json_close_array(w);
    json_open_array(w, "out");
    put_operand(w, n, OP_INPUTS_MAX, n->out);
    json_close_array(w);
    json_put_str(w, "kernel", n->kernel);
    json_put_str(w, "route", plan_route_name(n->kind));
    json_close_object(w);
}

static void put_about(struct json_writer *w, const struct trace_about *a) {
    put_text(w, "source", a->source);
    put_text(w, "version", a->version);
    put_text(w, "commit", a->commit);
    put_text(w, "model", a->model);
    put_text(w, "model_hash", a->model_hash);
    put_text(w, "family", a->family);
    put_text(w, "backend", a->backend);
    put_text(w, "dtype", a->dtype);
    put_text(w, "prompt", a->prompt);
    json_put_bool(w, "unfused", a->unfused);
}

static void put_steps(struct json_writer *w, const struct trace *t) {
    json_open_array(w, "steps");
    for (size_t i = 0; i < t->step_count; i++) {
        const struct trace_step *s = &t->steps[i];
        json_open_object(w, NULL);
        json_put_int(w, "past", s->past);
        json_put_int(w, "rows", s->rows);
        if (s->plan >= 0)
            json_put_int(w, "plan", s->plan);
        json_open_array(w, "ids");
        for (int64_t k = 0; s->ids && k < s->len; k++)
            json_put_int(w, NULL, s->ids[k]);
        json_close_array(w);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_item(struct json_writer *w, const struct trace_item *item) {
    json_open_object(w, NULL);
    json_put_str(w, "key", item->key);
    if (item->stage != STAGE_NONE) {
        json_put_str(w, "stage", stage_name(item->stage));
        put_layer(w, item->layer);
        json_put_int(w, "step", item->step);
    }
    put_shape(w, &item->tensor);
    if (item->node >= 0)
        json_put_int(w, "node", item->node);
    put_text(w, "op", item->op);
    put_text(w, "kernel", item->kernel);
    put_text(w, "route", item->route);
    json_close_object(w);
}

static void put_absences(struct json_writer *w, const struct trace *t) {
    json_open_array(w, "absent");
    for (size_t i = 0; i < t->absence_count; i++) {
        const struct trace_absence *a = &t->absences[i];
        json_open_object(w, NULL);
        json_put_str(w, "stage", stage_name(a->stage));
        json_put_int(w, "step", a->step);
        if (a->first_layer >= 0) {
            json_put_int(w, "first_layer", a->first_layer);
            json_put_int(w, "last_layer", a->last_layer);
        }
        json_put_str(w, "why", a->why);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_plans(struct json_writer *w, const struct trace *t) {
    json_open_array(w, "plans");
    for (size_t i = 0; i < t->plan_count; i++) {
        json_open_array(w, NULL);
        for (int k = 0; k < t->plans[i].count; k++)
            trace_json_put_node(w, &t->plans[i].nodes[k]);
        json_close_array(w);
    }
    json_close_array(w);
}

static void put_weights(struct json_writer *w, const struct trace *t) {
    if (t->weight_count == 0)
        return;
    json_open_array(w, "weights");
    for (size_t i = 0; i < t->weight_count; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "name", t->weights[i].name);
        put_shape(w, &t->weights[i].shape);
        json_put_str(w, "sha256", t->weights[i].hash);
        json_close_object(w);
    }
    json_close_array(w);
}

void trace_json_write(struct buf *out, const struct trace *t) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_int(&w, "schema", TRACE_SCHEMA);
    json_put_str(&w, "format", "noctule-trace");
    put_text(&w, "files", t->about.files);
    put_about(&w, &t->about);
    put_steps(&w, t);
    json_open_array(&w, "tensors");
    for (size_t i = 0; i < t->item_count; i++)
        put_item(&w, &t->items[i]);
    json_close_array(&w);
    put_absences(&w, t);
    put_weights(&w, t);
    put_plans(&w, t);
    json_close_object(&w);
    buf_putc(out, '\n');
}

/* ---- reading ---- */

static int read_about(struct trace_about *a, struct json root) {
    int rc = json_opt_str(root, "source", &a->source);
    if (rc == 0)
        rc = json_opt_str(root, "version", &a->version);
    if (rc == 0)
        rc = json_opt_str(root, "commit", &a->commit);
    if (rc == 0)
        rc = json_opt_str(root, "model", &a->model);
    if (rc == 0)
        rc = json_opt_str(root, "model_hash", &a->model_hash);
    if (rc == 0)
        rc = json_opt_str(root, "family", &a->family);
    if (rc == 0)
        rc = json_opt_str(root, "backend", &a->backend);
    if (rc == 0)
        rc = json_opt_str(root, "dtype", &a->dtype);
    if (rc == 0)
        rc = json_opt_str(root, "prompt", &a->prompt);
    if (rc == 0)
        rc = json_opt_str(root, "files", &a->files);
    return rc < 0 ? rc : json_opt_bool(root, "unfused", &a->unfused);
}

static int read_step(struct trace *t, struct json v) {
    struct json ids = {0};
    int64_t past = 0, rows = 1, plan = -1, id;
    int rc = json_opt_int(v, "past", 0, INT32_MAX, &past);
    if (rc == 0)
        rc = json_opt_int(v, "rows", 1, INT32_MAX, &rows);
    if (rc == 0)
        rc = json_opt_int(v, "plan", 0, INT32_MAX, &plan);
    if (rc == 0)
        rc = json_array(v, "ids", &ids);
    if (rc < 0)
        return rc;
    struct trace_step *s = trace_add_step(t);
    *s = (struct trace_step){.past = past, .rows = rows, .plan = (int)plan};
    s->ids = arena_array(&t->arena, json_len(ids) + 1, sizeof(*s->ids));
    for (struct json at = json_first(ids); rc == 0 && at.node; at = json_next(at)) {
        rc = json_as_int(at, 0, INT32_MAX, &id);
        if (rc == 0)
            s->ids[s->len++] = (int32_t)id;
    }
    return rc;
}

static int read_stage(struct json v, const char *key, enum stage *out) {
    const char *name;
    int rc = json_str(v, key, &name);
    if (rc == 0 && !stage_parse(out, name))
        rc = json_fail(json_get(v, key), "there is no stage \"%s\"", name);
    return rc;
}

static int read_shape(struct json v, struct tensor *out) {
    int64_t shape[TENSOR_RANK_MAX];
    int rank = 0;
    struct json list = {0};
    const char *name;
    enum dtype dtype = DTYPE_F32;
    int rc = json_array(v, "shape", &list);
    if (rc == 0)
        rc = json_str(v, "dtype", &name);
    if (rc == 0 && !dtype_parse(&dtype, name))
        rc = json_fail(json_get(v, "dtype"), "there is no dtype \"%s\"", name);
    if (rc == 0 && json_len(list) > TENSOR_RANK_MAX)
        rc = json_fail(list, "more than %d dimensions", TENSOR_RANK_MAX);
    for (struct json at = json_first(list); rc == 0 && at.node; at = json_next(at))
        rc = json_as_int(at, 0, INT64_MAX, &shape[rank++]);
    if (rc == 0 && (rc = tensor_init(out, dtype, rank, shape)) < 0)
        rc = json_fail(v, "its shape cannot be");
    return rc;
}

static int read_item(struct trace *t, struct json v) {
    struct trace_item item = {.layer = -1, .node = -1};
    int64_t layer = -1, node = -1;
    int rc = json_str(v, "key", &item.key);
    if (rc == 0 && json_exists(json_member(v, "stage")))
        rc = read_stage(v, "stage", &item.stage);
    if (rc == 0)
        rc = json_opt_int(v, "layer", 0, INT32_MAX, &layer);
    if (rc == 0)
        rc = json_opt_int(v, "step", 0, INT32_MAX, &item.step);
    if (rc == 0)
        rc = json_opt_int(v, "node", 0, INT32_MAX, &node);
    if (rc == 0)
        rc = json_opt_str(v, "op", &item.op);
    if (rc == 0)
        rc = json_opt_str(v, "kernel", &item.kernel);
    if (rc == 0)
        rc = json_opt_str(v, "route", &item.route);
    if (rc == 0)
        rc = read_shape(v, &item.tensor);
    if (rc < 0)
        return rc;
    item.layer = (int)layer;
    item.node = (int)node;
    *trace_add_item(t) = item;
    return 0;
}

static int read_absence(struct trace *t, struct json v) {
    struct trace_absence a = {.first_layer = -1, .last_layer = -1};
    int64_t first = -1, last = -1;
    int rc = read_stage(v, "stage", &a.stage);
    if (rc == 0)
        rc = json_opt_int(v, "step", 0, INT32_MAX, &a.step);
    if (rc == 0)
        rc = json_opt_int(v, "first_layer", 0, INT32_MAX, &first);
    if (rc == 0)
        rc = json_opt_int(v, "last_layer", 0, INT32_MAX, &last);
    if (rc == 0)
        rc = json_str(v, "why", &a.why);
    if (rc < 0)
        return rc;
    a.first_layer = (int)first;
    a.last_layer = (int)last;
    *trace_add_absence(t) = a;
    return 0;
}

static int read_weight(struct trace *t, struct json v) {
    struct trace_weight w = {0};
    const char *hash = "";
    int rc = json_str(v, "name", &w.name);
    if (rc == 0)
        rc = json_str(v, "sha256", &hash);
    if (rc == 0)
        rc = read_shape(v, &w.shape);
    if (rc == 0 && strlen(hash) >= sizeof(w.hash))
        rc = json_fail(json_get(v, "sha256"), "is no SHA-256");
    if (rc < 0)
        return rc;
    memcpy(w.hash, hash, strlen(hash) + 1);
    *trace_add_weight(t) = w;
    return 0;
}

static int read_list(struct trace *t, struct json root, const char *key, size_t max,
                     int (*read)(struct trace *, struct json)) {
    struct json list = json_get(root, key);
    int rc = 0;
    if (json_exists(list) && json_type(list) != JSON_ARRAY)
        return json_fail(list, "expected an array");
    if (json_len(list) > max)
        return json_fail(list, "more than %zu", max);
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = read(t, v);
    return rc;
}

int trace_json_read(struct trace *t, const char *text, size_t len, const char *name) {
    int64_t schema;
    int rc = json_parse(&t->doc, text, len, name, 0);
    if (rc < 0)
        return rc;
    struct json root = json_root(t->doc);
    rc = json_int(root, "schema", TRACE_SCHEMA, TRACE_SCHEMA, &schema);
    if (rc == 0)
        rc = read_about(&t->about, root);
    if (rc == 0)
        rc = read_list(t, root, "steps", TRACE_STEPS_MAX, read_step);
    if (rc == 0)
        rc = read_list(t, root, "tensors", TRACE_ITEMS_MAX, read_item);
    if (rc == 0)
        rc = read_list(t, root, "absent", TRACE_ITEMS_MAX, read_absence);
    return rc < 0 ? rc : read_list(t, root, "weights", TRACE_ITEMS_MAX, read_weight);
}
