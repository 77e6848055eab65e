/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: what a model is and how it would run, without running it: the dry run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "engine/format/checkpoint.h"
#include "engine/nn/arch.h"
#include "engine/run/dry_run.h"
#include "engine/run/side.h"

enum { OUTPUT_MAX = 1 << 30, SHAPE_MAX = 128 };

struct inspect_opts {
    struct side_options side;
    const char *kv;
    int64_t batch, tokens, capacity;
    bool json, strict, unfused, tensors, routes;
};
static const struct inspect_opts defaults = {.batch = 1, .tokens = 1};

#define FIELD(f) offsetof(struct inspect_opts, f)
static const struct opt opts[] = {
    {OPT_FLAG,  "tensors",  0,   FIELD(tensors),      NULL,              0, 0,    "List every tensor."                             },
    {OPT_FLAG,  "routes",   'r', FIELD(routes),       NULL,              0, 0,
     "List every node and the kernel that would run it."                                                                           },
    {OPT_FLAG,  "json",     'j', FIELD(json),         NULL,              0, 0,    "All of it as one JSON object."                  },
    {OPT_INT,   "batch",    0,   FIELD(batch),        "N",               1, 4096, "Rows of the step that is planned."              },
    {OPT_INT,   "tokens",   0,   FIELD(tokens),       "N",               1, 1e6,  "Tokens of each row in that step."               },
    {OPT_INT,   "capacity", 0,   FIELD(capacity),     "N",               0, 1e9,  "Tokens that the cache has room for."            },
    {OPT_FLAG,  "unfused",  0,   FIELD(unfused),      NULL,              0, 0,
     "Plan with composites wherever there are any."                                                                                },
    {OPT_FLAG,  "strict",   0,   FIELD(strict),       NULL,              0, 0,
     "Fail where the backend would fall back to the CPU reference."                                                                },
    {OPT_STR,   "dtype",    'd', FIELD(side.dtype),   "TYPE",            0, 0,
     "Store weights as f32, f16 or bf16 (this one does read them)."                                                                },
    {OPT_STR,   "quant",    'q', FIELD(side.quant),   "TYPE",            0, 0,
     "Store matrices as q8_0, q4_0, q4_k or q6_k (this one does compute them)."                                                    },
    {OPT_GROUP, "storage",  0,   FIELD(side),         side_storage_opts, 0, 0,    NULL                                             },
    {OPT_STR,   "kv",       0,   FIELD(kv),           "TYPE",            0, 0,    "Keep keys and values as f32, f16 or q8_0 (f32)."},
    {OPT_GROUP, "device",   0,   FIELD(side),         side_device_opts,  0, 0,    NULL                                             },
    {OPT_STR,   "backend",  'b', FIELD(side.backend), "NAME",            0, 0,
     "The backend to plan for (cpu-native)."                                                                                       },
    OPT_END_ROW,
};

static const char *shape_text(const struct tensor *t, char text[SHAPE_MAX]) {
    size_t len = 0;
    text[0] = 0;
    for (int i = 0; i < t->rank && len + 24 < SHAPE_MAX; i++)
        len +=
            (size_t)snprintf(text + len, SHAPE_MAX - len, "%s%" PRId64, i ? "x" : "", t->shape[i]);
    return text;
}

static void put_shape(struct json_writer *w, const char *key, const struct tensor *t) {
    json_open_array(w, key);
    for (int i = 0; i < t->rank; i++)
        json_put_int(w, NULL, t->shape[i]);
    json_close_array(w);
}

static void put_tensors(struct json_writer *w, const struct model *m) {
    json_open_array(w, "tensors");
    for (size_t i = 0; i < m->weights.loaded_len; i++) {
        const struct loaded *l = &m->weights.loaded[i];
        json_open_object(w, NULL);
        json_put_str(w, "name", l->name);
        json_put_str(w, "dtype", dtype_name(l->tensor.dtype));
        json_put_str(w, "file_type", checkpoint_find(m->checkpoint, l->name)->type);
        put_shape(w, "shape", &l->tensor);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "unexpected");
    for (size_t i = 0; i < m->weights.unexpected_len; i++)
        json_put_str(w, NULL, m->weights.unexpected[i]);
    json_close_array(w);
}

static void put_route(struct json_writer *w, const struct plan_route *r) {
    json_open_object(w, NULL);
    json_put_str(w, "op", op_name(r->op));
    if (r->stage != STAGE_NONE)
        json_put_str(w, "stage", stage_name(r->stage));
    if (r->layer >= 0)
        json_put_int(w, "layer", r->layer);
    json_put_str(w, "kernel", r->kernel);
    json_put_str(w, "kind", plan_route_name(r->kind));
    put_shape(w, "shape", r->out);
    json_close_object(w);
}

static void put_plan(struct json_writer *w, const struct dry_run *d) {
    json_open_object(w, "memory");
    json_put_int(w, "weights", d->weight_bytes);
    json_put_int(w, "cache", d->cache_bytes);
    json_put_int(w, "workspace", (int64_t)plan_bytes(d->plan));
    json_close_object(w);
    json_open_object(w, "routes");
    for (int k = 0; k < ROUTE_COUNT; k++)
        json_put_int(w, plan_route_name((enum route_kind)k),
                     plan_routes(d->plan, (enum route_kind)k));
    json_close_object(w);
    json_open_array(w, "nodes");
    for (int i = 0; i < plan_len(d->plan); i++) {
        struct plan_route r;
        plan_route(d->plan, i, &r);
        put_route(w, &r);
    }
    json_close_array(w);
}

static int print_json(const struct model *m, const struct dry_run *d) {
    struct json_writer w;
    struct buf out;
    char stored[WEIGHTS_STORED_SIZE];
    buf_init(&out, OUTPUT_MAX);
    json_writer_init(&w, &out, 1);
    json_open_object(&w, NULL);
    json_put_str(&w, "path", checkpoint_path(m->checkpoint));
    json_put_str(&w, "format", checkpoint_format(m->checkpoint));
    json_put_int(&w, "shards", (int64_t)checkpoint_shards(m->checkpoint));
    config_write(&w, "config", &m->config);
    json_put_int(&w, "parameters", m->weights.parameters);
    json_put_bool(&w, "tied", m->weights.tied);
    json_put_str(&w, "stored", weights_stored(&m->weights, stored));
    json_put_int(&w, "quant_misfits", (int64_t)m->weights.misfits);
    put_tensors(&w, m);
    put_plan(&w, d);
    json_close_object(&w);
    int rc = buf_ok(&out, "the output");
    if (rc == 0)
        (void)puts(out.data);
    buf_done(&out);
    return rc;
}

static void print_size(const char *name, int64_t bytes) {
    (void)printf("%-12s %12.1f MiB\n", name, (double)bytes / (1 << 20));
}

static void print_config(const struct model *m) {
    const struct config *c = &m->config;
    char stored[WEIGHTS_STORED_SIZE];
    (void)printf("model        %s%s (%s)\n", c->arch->class_name, c->head->suffix,
                 c->arch->model_type);
    (void)printf("checkpoint   %s, %zu %s file%s, %zu tensors\n", checkpoint_path(m->checkpoint),
                 checkpoint_shards(m->checkpoint), checkpoint_format(m->checkpoint),
                 checkpoint_shards(m->checkpoint) == 1 ? "" : "s", checkpoint_count(m->checkpoint));
    (void)printf("parameters   %" PRId64 "%s\n", m->weights.parameters,
                 m->weights.tied ? ", the head tied to the embedding" : "");
    (void)printf("stored as    %s\n", weights_stored(&m->weights, stored));
    if (m->weights.misfits > 0)
        (void)printf("misfits      %zu matrices could not be quantised as asked, since their rows "
                     "are no whole blocks\n",
                     m->weights.misfits);
    (void)printf("layers       %" PRId64 " of width %" PRId64 ", feed-forward %" PRId64 "\n",
                 c->num_hidden_layers, c->hidden_size, c->intermediate_size);
    (void)printf("heads        %" PRId64 " of %" PRId64 ", for keys %" PRId64 "\n",
                 c->num_attention_heads, c->head_dim, c->num_key_value_heads);
    (void)printf("vocabulary   %" PRId64 ", positions %" PRId64 "\n", c->vocab_size,
                 c->max_positions);
}

static void print_tensors(const struct model *m) {
    char shape[SHAPE_MAX];
    for (size_t i = 0; i < m->weights.loaded_len; i++) {
        const struct loaded *l = &m->weights.loaded[i];
        (void)printf("%-4s %-16s %s\n", dtype_name(l->tensor.dtype), shape_text(&l->tensor, shape),
                     l->name);
    }
    for (size_t i = 0; i < m->weights.unexpected_len; i++)
        (void)printf("unexpected: %s\n", m->weights.unexpected[i]);
}

static void print_routes(const struct plan *p) {
    char shape[SHAPE_MAX];
    for (int i = 0; i < plan_len(p); i++) {
        struct plan_route r;
        plan_route(p, i, &r);
        char layer[16] = "";
        if (r.layer >= 0)
            (void)snprintf(layer, sizeof(layer), ".%d", r.layer);
        (void)printf("%-11s %-18s %-16s %s%s\n", plan_route_name(r.kind), r.kernel,
                     shape_text(r.out, shape), stage_name(r.stage),
                     r.stage == STAGE_NONE ? "" : layer);
    }
}

static int print_text(const struct model *m, const struct dry_run *d,
                      const struct inspect_opts *o) {
    print_config(m);
    print_size("weights", d->weight_bytes);
    print_size("cache", d->cache_bytes);
    print_size("workspace", (int64_t)plan_bytes(d->plan));
    (void)printf("plan         %d nodes on %s:", plan_len(d->plan), m->device->name);
    for (int k = 0; k < ROUTE_COUNT; k++)
        (void)printf(" %d %s%s", plan_routes(d->plan, (enum route_kind)k),
                     plan_route_name((enum route_kind)k), k + 1 < ROUTE_COUNT ? "," : "\n");
    if (o->tensors)
        print_tensors(m);
    else if (m->weights.unexpected_len > 0)
        (void)printf("unexpected   %zu tensors of the file (--tensors lists them)\n",
                     m->weights.unexpected_len);
    if (o->routes)
        print_routes(d->plan);
    return 0;
}

static int inspect(struct model *m, const struct inspect_opts *o) {
    struct dry_run d;
    struct dry_run_options options = {
        .rows = o->batch,
        .tokens = o->tokens,
        .capacity = o->capacity,
        .plan_flags = (o->strict ? PLAN_STRICT : 0u) | (o->unfused ? PLAN_UNFUSED : 0u),
    };
    int rc = kv_parse(&options.kv, o->kv);
    if (rc == 0)
        rc = dry_run_init(&d, m, &options);
    if (rc != 0)
        return rc;
    rc = o->json ? print_json(m, &d) : print_text(m, &d, o);
    dry_run_done(&d);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct inspect_opts *o = options;
    struct side_options side = o->side;
    struct side s;
    if (argc != 1)
        return err_set(ERR_ARG, "expected MODEL");
    side.device.threads = o->side.quant ? 0 : 1; /* quantising takes a while */
    int rc = side_open(&s, argv[0], &side);
    if (rc == 0)
        rc = inspect(s.model, o);
    side_done(&s);
    return rc;
}

const struct cmd cmd_inspect = {
    .name = "inspect",
    .args = "MODEL",
    .summary = "Shows config, tensors, memory and kernels, without running anything.",
    .opts = opts,
    .opts_size = sizeof(struct inspect_opts),
    .defaults = &defaults,
    .run = run,
};
