/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/bench.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/check.h"
#include "engine/check/mutations.h"
#include "engine/format/gguf.h"
#include "engine/run/gguf_load.h"
#include "engine/token/tokenizer.h"

enum { DEVICES_MAX = 8, MODELS_MAX = 64, TOKENIZERS_MAX = 16 };

struct opened_device {
    int64_t threads;
    bool exact;
    struct device *device;
};

struct opened_model {
    char *folder;
    const struct device *device;
    const struct mutation *mutation;
    struct arena edits; /* tensors that the mutation changed */
    struct model *model;
};

struct opened_tokenizer {
    char *folder;
    struct tokenizer *tokenizer;
};

struct bench {
    const char *backend;
    enum dtype dtype;
    int64_t threads;
    unsigned plan_flags;
    const struct mutation *mutation;
    struct plan_watch watch;
    struct opened_device devices[DEVICES_MAX];
    int device_count;
    struct opened_model *models[MODELS_MAX];
    int model_count;
    struct opened_tokenizer tokenizers[TOKENIZERS_MAX];
    int tokenizer_count;
};

static int find_device(struct bench *b, int64_t threads, bool exact, struct device **out) {
    const struct device_options options = {.threads = (int)threads, .exact = exact};
    for (int i = 0; i < b->device_count; i++)
        if (b->devices[i].threads == threads && b->devices[i].exact == exact) {
            *out = b->devices[i].device;
            return 0;
        }
    if (b->device_count == DEVICES_MAX)
        return err_set(ERR_LIMIT, "a cell uses at most %d thread counts", DEVICES_MAX);
    struct opened_device *d = &b->devices[b->device_count];
    int rc = device_open(&d->device, b->backend, &options);
    if (rc < 0)
        return rc;
    d->threads = threads;
    d->exact = exact;
    b->device_count++;
    *out = d->device;
    return 0;
}

int bench_new(struct bench **out, const struct check_options *o) {
    struct device *device = NULL;
    struct bench *b = xcalloc(1, sizeof(*b));
    b->backend = o->backend;
    b->threads = o->threads;
    b->plan_flags = o->strict ? PLAN_STRICT : 0;
    int rc = 0;
    if (!dtype_parse(&b->dtype, o->dtype) ||
        !((DTYPES_STORAGE & DTYPE_BIT(b->dtype)) || dtype_is_block(b->dtype)))
        rc = err_set(ERR_ARG,
                     "weights cannot be stored as \"%s\"; f32, bf16, f16, q8_0, q4_0, q4_k and "
                     "q6_k can",
                     o->dtype);
    if (rc == 0)
        rc = find_device(b, b->threads, false, &device);
    if (rc != 0)
        bench_free(b);
    else
        *out = b;
    return rc;
}

static void close_model(struct opened_model *m) {
    model_close(m->model);
    arena_done(&m->edits);
    free(m->folder);
    free(m);
}

void bench_free(struct bench *b) {
    if (!b)
        return;
    for (int i = 0; i < b->model_count; i++)
        close_model(b->models[i]);
    for (int i = 0; i < b->tokenizer_count; i++) {
        tokenizer_close(b->tokenizers[i].tokenizer);
        free(b->tokenizers[i].folder);
    }
    for (int i = 0; i < b->device_count; i++)
        device_close(b->devices[i].device);
    free(b);
}

const char *bench_backend(const struct bench *b) {
    return b->devices[0].device->name;
}

void bench_watch(struct bench *b, const struct plan_watch *watch) {
    b->watch = watch ? *watch : (struct plan_watch){0};
}

const struct plan_watch *bench_watched(const struct bench *b) {
    return &b->watch;
}

/* A mutated model is used by one case only. */
void bench_mutate(struct bench *b, const struct mutation *m) {
    int kept = 0;
    for (int i = 0; i < b->model_count; i++)
        if (b->models[i]->mutation)
            close_model(b->models[i]);
        else
            b->models[kept++] = b->models[i];
    b->model_count = kept;
    b->mutation = m;
}

struct edit_context {
    const struct mutation *mutation;
    struct arena *arena;
};

static int edit_weight(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    struct edit_context *context = arg;
    return mutation_edit(context->mutation, cp, name, t, context->arena);
}

void bench_storage(const struct bench *b, const char *folder, struct weights_options *out) {
    *out = (struct weights_options){0};
    if (gguf_is_file(folder))
        return;
    out->cast = !dtype_is_block(b->dtype);
    if (out->cast)
        out->dtype = b->dtype;
    else
        out->quant = out->quant_embedding = b->dtype;
}

void bench_weights_options(struct case_run *c, struct weights_options *out) {
    const struct bench *b = check_bench(c->check);
    bench_storage(b, c->folder, out);
    if (b->mutation) {
        struct edit_context *context = arena_alloc(&c->arena, sizeof(*context));
        *context = (struct edit_context){b->mutation, &c->arena};
        out->edit = edit_weight;
        out->edit_arg = context;
    }
}

static int open_model(struct bench *b, struct opened_model *m, struct device *device) {
    struct edit_context context = {b->mutation, &m->edits};
    struct model_options options = {0};
    bench_storage(b, m->folder, &options.weights);
    if (b->mutation) {
        options.config = b->mutation->config;
        options.weights.edit = edit_weight;
        options.weights.edit_arg = &context;
    }
    return model_open(&m->model, m->folder, device, &options);
}

int bench_model(struct case_run *c, const char *folder, int64_t threads, struct model **out) {
    struct bench *b = check_bench(c->check);
    struct device *device = NULL;
    int rc = find_device(b, threads ? threads : b->threads, c->exact, &device);
    if (rc < 0)
        return rc;
    for (int i = 0; i < b->model_count; i++) {
        const struct opened_model *m = b->models[i];
        if (strcmp(m->folder, folder) == 0 && m->device == device && m->mutation == b->mutation) {
            *out = m->model;
            return 0;
        }
    }
    if (b->model_count == MODELS_MAX)
        return err_set(ERR_LIMIT, "a cell opens at most %d models", MODELS_MAX);
    struct opened_model *m = xcalloc(1, sizeof(*m));
    *m =
        (struct opened_model){.folder = xstrdup(folder), .device = device, .mutation = b->mutation};
    arena_init(&m->edits, 0);
    rc = open_model(b, m, device);
    if (rc < 0) {
        close_model(m);
        return rc;
    }
    b->models[b->model_count++] = m;
    *out = m->model;
    return 0;
}

/* Beside a checkpoint, or in one that is a GGUF file. */
static int open_tokenizer(struct tokenizer **out, const char *path) {
    struct gguf *g = NULL;
    if (!gguf_is_file(path))
        return tokenizer_open(out, path);
    int rc = gguf_open(&g, path, GGUF_READ);
    if (rc == 0)
        rc = gguf_load_tokenizer(out, g);
    gguf_close(g);
    return rc;
}

int bench_tokenizer(struct case_run *c, const char *folder, const struct tokenizer **out) {
    struct bench *b = check_bench(c->check);
    struct tokenizer *opened = NULL;
    for (int i = 0; i < b->tokenizer_count; i++)
        if (strcmp(b->tokenizers[i].folder, folder) == 0) {
            *out = b->tokenizers[i].tokenizer;
            return 0;
        }
    if (b->tokenizer_count == TOKENIZERS_MAX)
        return err_set(ERR_LIMIT, "a cell opens at most %d tokenizers", TOKENIZERS_MAX);
    int rc = open_tokenizer(&opened, folder);
    if (rc < 0)
        return rc;
    b->tokenizers[b->tokenizer_count++] = (struct opened_tokenizer){xstrdup(folder), opened};
    *out = opened;
    return 0;
}

int bench_config(struct case_run *c, const struct config **out) {
    struct model *m;
    int rc = bench_model(c, c->folder, 0, &m);
    if (rc == 0)
        *out = &m->config;
    return rc;
}

int bench_session(struct case_run *c, const struct bench_options *o, struct session **out) {
    struct model *m;
    int rc = bench_model(c, o->folder ? o->folder : c->folder, o->threads, &m);
    if (rc < 0)
        return rc;
    struct session_options options = {.rows = o->rows,
                                      .capacity = o->capacity,
                                      .chunk = o->chunk ? o->chunk : -1,
                                      .kv = o->kv,
                                      .plan_flags =
                                          o->plan_flags | check_bench(c->check)->plan_flags};
    rc = session_new(out, m, &options);
    if (rc == 0)
        session_set_watch(*out, bench_watched(check_bench(c->check)));
    return rc;
}

void bench_session_done(struct case_run *c, struct session *s) {
    int64_t counts[ROUTE_COUNT] = {0};
    if (!s)
        return;
    session_routes(s, counts);
    c->route.native += counts[ROUTE_NATIVE];
    c->route.composite += counts[ROUTE_COMPOSITE];
    c->route.reference += counts[ROUTE_REFERENCE];
    session_free(s);
}

/* What the hook needs of the step that is running. */
struct watch {
    struct capture *capture;
    const struct device *device;
    const struct plan_watch *outer; /* the bench's */
};

static int watch_stage(void *arg, enum stage stage, int layer, const struct tensor *t) {
    const struct watch *w = arg;
    if (!device_is_host(w->device))
        return err_set(ERR_UNSUPPORTED, "stages of a device without host memory cannot be seen");
    if (w->capture)
        capture_add(w->capture, NULL, stage, layer, t);
    return w->outer->stage ? w->outer->stage(w->outer->arg, stage, layer, t) : 0;
}

static int watch_node(void *arg, const struct plan *p, int node, bool ran,
                      const struct op_call *call) {
    const struct watch *w = arg;
    return w->outer->node(w->outer->arg, p, node, ran, call);
}

static void capture_outputs(struct capture *k, const struct session *s) {
    struct tensor t;
    for (const char *const *name = session_outputs(s); *name; name++)
        if (session_output(s, *name, &t))
            capture_add(k, *name, STAGE_NONE, -1, &t);
}

static const void *packed(struct case_run *c, const struct tensor *t, enum dtype dtype) {
    return feed_has(t) ? feed_pack(c, t, dtype).data : NULL;
}

static void fill_step(struct case_run *c, const struct feed *feed, bool causal, int flags,
                      struct step *out) {
    *out = (struct step){.rows = feed_rows(feed),
                         .tokens = feed_tokens(feed),
                         .ids = packed(c, &feed->ids, DTYPE_I32),
                         .embeds = packed(c, &feed->embeds, DTYPE_F32),
                         .mask = packed(c, &feed->mask, DTYPE_U8),
                         .positions = packed(c, &feed->positions, DTYPE_I32),
                         .types = packed(c, &feed->types, DTYPE_I32),
                         .visible = packed(c, &feed->mask_3d, DTYPE_U8),
                         .keep = flags & FEED_LAST ? KEEP_LAST : KEEP_ALL,
                         .flags = STEP_HIDDEN};
    if (feed->keep) {
        out->keep = KEEP_LIST;
        out->keep_list = feed->keep;
        out->keep_len = feed->keep_len;
    }
    if (causal && out->mask && !out->positions)
        out->flags |= STEP_MASK_POSITIONS;
}

int bench_step(struct case_run *c, struct session *s, const struct feed *feed, int flags,
               struct capture *out) {
    struct step step;
    const struct plan_watch *outer = bench_watched(check_bench(c->check));
    bool captures = out && !(flags & FEED_QUIET);
    struct watch watch = {captures ? out : NULL, session_model(s)->device, outer};
    const struct plan_watch both = {captures || outer->stage ? watch_stage : NULL,
                                    outer->node ? watch_node : NULL, &watch};
    fill_step(c, feed, config_is_causal(&session_model(s)->config), flags, &step);
    if (out)
        capture_init(out, c, step.rows, step.tokens);
    session_set_watch(s, &both);
    int rc = session_step(s, &step);
    session_set_watch(s, outer);
    if (rc == 0 && out)
        capture_outputs(out, s);
    return rc;
}

int bench_continue(struct case_run *c, const struct bench_options *o, const struct feed *feed,
                   int64_t begin, int flags, struct capture *out) {
    struct bench_options options = o ? *o : (struct bench_options){0};
    struct session *s = NULL;
    int64_t tokens = feed_tokens(feed);
    options.rows = options.rows ? options.rows : feed_rows(feed);
    options.capacity = options.capacity ? options.capacity : tokens;
    struct feed first = feed_of_tokens(feed, 0, begin);
    struct feed rest = feed_of_tokens(feed, begin, tokens - begin);
    int rc = bench_session(c, &options, &s);
    if (rc == 0 && begin > 0)
        rc = bench_step(c, s, &first, FEED_QUIET, NULL);
    if (rc == 0)
        rc = bench_step(c, s, &rest, flags, out);
    bench_session_done(c, s);
    return rc;
}

int bench_forward(struct case_run *c, const struct bench_options *o, const struct feed *feed,
                  int flags, struct capture *out) {
    return bench_continue(c, o, feed, 0, flags, out);
}
