/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/run/inputs.h"
#include "engine/run/outputs.h"
#include "engine/run/plans.h"
#include "engine/run/step_check.h"

struct session {
    struct model *model;
    struct kv kv;
    bool cached; /* the model has a cache, and kv is it */
    int64_t rows, max_rows, chunk;
    struct rope_state rope;
    struct plans plans;
    struct inputs inputs;
    struct outputs outputs;
    int64_t *picks; /* [max_rows] */
    struct plan_watch watch;
};

static int check_options(const struct session_options *o, const struct config *c) {
    if (o->rows < 0 || o->rows > SESSION_ROWS_MAX)
        return err_set(ERR_ARG, "a batch of %" PRId64 " is not within 1 and %d", o->rows,
                       SESSION_ROWS_MAX);
    if (o->capacity < 0 || o->capacity > POSITIONS_MAX)
        return err_set(ERR_ARG, "a capacity of %" PRId64 " is not within 1 and %d", o->capacity,
                       POSITIONS_MAX);
    if (c->arch->position == POSITION_LEARNED && o->capacity > c->max_positions)
        return err_set(ERR_LIMIT,
                       "a capacity of %" PRId64 " exceeds the model's %" PRId64 " positions",
                       o->capacity, c->max_positions);
    return 0;
}

int64_t session_default_capacity(const struct config *c) {
    int64_t positions = c->max_positions;
    return positions < SESSION_CAPACITY ? positions : SESSION_CAPACITY;
}

int session_check_kv(const struct config *c, enum dtype kv) {
    if (kv == DTYPE_F32 || config_is_causal(c))
        return 0;
    return err_set(ERR_ARG, "%s keeps no keys and values, so they cannot be kept as %s",
                   c->arch->class_name, dtype_name(kv));
}

static int open_cache(struct session *s, const struct session_options *o) {
    const struct config *c = &s->model->config;
    s->cached = config_is_causal(c);
    if (!s->cached)
        return session_check_kv(c, o->kv);
    return kv_init(&s->kv, s->model->device, c, o->kv, s->max_rows,
                   o->capacity ? o->capacity : session_default_capacity(c));
}

int session_new(struct session **out, struct model *m, const struct session_options *options) {
    static const struct session_options none = {0};
    const struct session_options *o = options ? options : &none;
    int rc = check_options(o, &m->config);
    if (rc < 0)
        return rc;
    if (!device_is_host(m->device))
        return err_set(ERR_UNSUPPORTED, "sessions on %s, whose memory is not the host's",
                       m->device->backend->name);
    struct session *s = xcalloc(1, sizeof(*s));
    s->model = m;
    s->max_rows = o->rows ? o->rows : 1;
    s->rows = s->max_rows;
    s->chunk = o->chunk ? o->chunk : SESSION_CHUNK;
    s->picks = xcalloc((size_t)s->max_rows, sizeof(*s->picks));
    s->rope.inv_freq = xcalloc((size_t)m->config.rope.dim / 2 + 1, sizeof(float));
    if (m->config.arch->position == POSITION_ROPE)
        rope_init(&m->config.rope, &s->rope);
    rc = open_cache(s, o);
    s->plans = (struct plans){
        .config = &m->config,
        .weights = &m->weights,
        .kv = s->cached ? &s->kv : NULL,
        .device = m->device,
        .flags = o->plan_flags,
    };
    if (rc < 0) {
        session_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void session_free(struct session *s) {
    if (!s)
        return;
    plans_done(&s->plans);
    inputs_done(&s->inputs);
    outputs_done(&s->outputs);
    kv_done(&s->kv);
    free(s->rope.inv_freq);
    free(s->picks);
    free(s);
}

/* The tokens [begin, begin + len) of a step, as one run of a plan. */
struct chunk {
    const struct step *step;
    int64_t begin, len;
    int64_t past;             /* slots before this chunk */
    int64_t keep_begin, keep; /* kept entries of a row before and in this chunk */
    int64_t keep_total;       /* of a row, in the whole step */
};

static bool head_is_chosen(const struct config *c) {
    return c->head->kind == HEAD_LM || c->head->kind == HEAD_MLM || c->head->kind == HEAD_BOTH;
}

/* How many entries of a row in [begin, end) the head sees. Heads over labels see all. */
static int64_t count_kept(const struct session *s, const struct step *st, int64_t begin,
                          int64_t end) {
    int64_t count = 0;
    if (!head_is_chosen(&s->model->config) || st->keep == KEEP_ALL)
        return end - begin;
    if (st->keep == KEEP_LAST)
        return end == st->tokens;
    for (int64_t i = 0; st->keep == KEEP_LIST && i < st->keep_len; i++)
        count += st->keep_list[i] >= begin && st->keep_list[i] < end;
    return count;
}

static struct network_shape shape_of(const struct session *s, const struct chunk *c) {
    const struct step *st = c->step;
    bool all = c->keep == c->len;
    unsigned flags = 0;
    flags |= st->embeds ? NETWORK_EMBEDS : 0;
    flags |= st->types || s->model->weights.globals.types ? NETWORK_TYPES : 0;
    flags |= st->visible ? NETWORK_MASK : 0;
    flags |= st->flags & STEP_HIDDEN ? NETWORK_HIDDEN : 0;
    if (s->cached ? s->kv.masked : st->mask != NULL)
        flags |= NETWORK_KEY_MASK;
    return (struct network_shape){
        .batch = st->rows,
        .tokens = c->len,
        .keep = all ? NETWORK_KEEP_ALL : st->rows * c->keep,
        .flags = flags,
    };
}

/* HF's generate numbers the tokens that are no padding; its models number the slots. */
static void fill_positions(struct session *s, const struct chunk *c) {
    const struct step *st = c->step;
    int32_t *out = s->inputs.positions;
    for (int64_t b = 0; b < st->rows; b++) {
        bool count = (st->flags & STEP_MASK_POSITIONS) && s->cached;
        int64_t seen = count ? kv_seen(&s->kv, b, c->past) : 0;
        for (int64_t t = 0; t < c->len; t++, out++) {
            int64_t at = b * st->tokens + c->begin + t;
            bool real = !st->mask || st->mask[at];
            if (st->positions)
                *out = st->positions[at];
            else if (count)
                *out = real ? (int32_t)seen++ : 0;
            else
                *out = (int32_t)(c->past + t);
        }
    }
}

static void fill_tokens(struct session *s, const struct chunk *c) {
    const struct step *st = c->step;
    struct inputs *in = &s->inputs;
    int64_t h = s->model->config.hidden_size;
    size_t len = (size_t)c->len;
    for (int64_t b = 0; b < st->rows; b++) {
        int64_t from = b * st->tokens + c->begin, to = b * c->len;
        if (st->ids)
            memcpy(in->ids + to, st->ids + from, len * sizeof(int32_t));
        else
            memcpy(in->embeds + to * h, st->embeds + from * h, len * (size_t)h * sizeof(float));
        if (st->types)
            memcpy(in->types + to, st->types + from, len * sizeof(int32_t));
        else
            memset(in->types + to, 0, len * sizeof(int32_t));
        if (st->mask && !s->cached)
            for (int64_t t = 0; t < c->len; t++)
                in->key_mask[to + t] = st->mask[from + t] != 0;
        in->past[b] = (int32_t)c->past;
        in->first[b] = (int32_t)to;
    }
}

static void fill_keep(struct session *s, const struct chunk *c) {
    const struct step *st = c->step;
    int32_t *out = s->inputs.keep;
    for (int64_t b = 0; b < st->rows && c->keep > 0 && c->keep < c->len; b++) {
        if (st->keep == KEEP_LAST) {
            *out++ = (int32_t)(b * c->len + c->len - 1);
            continue;
        }
        for (int64_t i = 0; i < c->keep; i++)
            *out++ = (int32_t)(b * c->len + st->keep_list[c->keep_begin + i] - c->begin);
    }
}

/* The caller's [B,T,past+T] spread over the cache's slots. */
static void fill_mask(struct session *s, const struct chunk *c, int64_t slots) {
    const struct step *st = c->step;
    int64_t given = c->past - c->begin + st->tokens, used = c->past + c->len;
    for (int64_t b = 0; b < st->rows && st->visible; b++) {
        for (int64_t t = 0; t < c->len; t++) {
            uint8_t *to = s->inputs.mask + (b * c->len + t) * slots;
            const uint8_t *from = st->visible + (b * st->tokens + c->begin + t) * given;
            for (int64_t i = 0; i < slots; i++)
                to[i] = i < used && from[i] != 0;
        }
    }
}

static int64_t slots_of(const struct session *s, const struct network_shape *shape) {
    return s->cached ? s->kv.capacity : shape->tokens;
}

static int ready_plan(struct session *s, const struct network_shape *shape, struct plan **out) {
    bool moved = false, fresh;
    int64_t slots = slots_of(s, shape);
    int rc = inputs_reserve(&s->inputs, &s->model->config, shape, slots, &moved);
    if (moved)
        plans_clear(&s->plans);
    if (rc == 0)
        rc = plans_get(&s->plans, shape, out, &fresh);
    if (rc == 0 && fresh)
        rc = inputs_bind(&s->inputs, *out, &s->model->config, shape, slots,
                         s->cached ? s->kv.key_mask : NULL, s->rope.inv_freq);
    return rc;
}

static int take_outputs(struct session *s, const struct plan *plan, const struct chunk *c) {
    const struct step *st = c->step;
    const struct outputs_part tokens = {st->rows, c->begin, c->len, st->tokens};
    const struct outputs_part kept = {st->rows, c->keep_begin, c->keep, c->keep_total};
    const struct outputs_part once = {st->rows, 0, 1, 1};
    bool pooled = s->model->config.head->pooled && !head_is_chosen(&s->model->config);
    int rc = outputs_take(&s->outputs, OUTPUT_LOGITS, plan, pooled ? &once : &kept);
    if (rc == 0)
        rc = outputs_take(&s->outputs, OUTPUT_NEXT, plan, &once);
    if (rc == 0)
        rc = outputs_take(&s->outputs, OUTPUT_POOLED, plan, &once);
    return rc < 0 ? rc : outputs_take(&s->outputs, OUTPUT_HIDDEN, plan, &tokens);
}

static int run_chunk(struct session *s, struct chunk *c) {
    c->past = s->cached ? s->kv.length : 0;
    c->keep = count_kept(s, c->step, c->begin, c->begin + c->len);
    if (s->cached)
        kv_append(&s->kv, c->step->mask ? c->step->mask + c->begin : NULL, c->step->tokens, c->len);
    struct network_shape shape = shape_of(s, c);
    struct plan *plan = NULL;
    int rc = ready_plan(s, &shape, &plan);
    if (rc < 0)
        return rc;
    fill_tokens(s, c);
    fill_positions(s, c);
    fill_keep(s, c);
    fill_mask(s, c, slots_of(s, &shape));
    rc = plan_run_watched(plan, &s->watch);
    if (rc == 0)
        rc = take_outputs(s, plan, c);
    c->keep_begin += c->keep;
    return rc;
}

/* The rightmost token that is not the pad id, as HF's sequence classification pools. */
static int pick_last(struct session *s, const struct step *st) {
    int64_t pad = s->model->config.pad_token_id;
    if (pad == CONFIG_NONE && st->rows > 1)
        return err_set(ERR_ARG, "a batch cannot be classified: the config has no pad_token_id");
    for (int64_t b = 0; b < st->rows; b++) {
        s->picks[b] = st->tokens - 1;
        if (pad == CONFIG_NONE || !st->ids)
            continue;
        while (s->picks[b] > 0 && st->ids[b * st->tokens + s->picks[b]] == pad)
            s->picks[b]--;
    }
    outputs_pick(&s->outputs, s->picks);
    return 0;
}

static int64_t chunk_size(const struct session *s, const struct step *st) {
    /* A pooler needs the first token and the rest at once. */
    if (!s->cached || s->model->weights.globals.pool || s->chunk < 0)
        return st->tokens;
    return s->chunk < st->tokens ? s->chunk : st->tokens;
}

static int run_chunks(struct session *s, const struct step *st) {
    int64_t size = chunk_size(s, st);
    struct chunk c = {.step = st, .keep_total = count_kept(s, st, 0, st->tokens)};
    int rc = 0;
    for (c.begin = 0; c.begin < st->tokens && rc == 0; c.begin += size) {
        c.len = st->tokens - c.begin < size ? st->tokens - c.begin : size;
        rc = run_chunk(s, &c);
    }
    if (rc == 0 && s->model->config.head->kind == HEAD_LAST)
        rc = pick_last(s, st);
    else if (rc == 0 && s->outputs.tensors[OUTPUT_LOGITS].data && s->model->config.head->pooled &&
             !head_is_chosen(&s->model->config))
        outputs_flatten(&s->outputs);
    return rc;
}

int session_step(struct session *s, const struct step *st) {
    const struct config *c = &s->model->config;
    int64_t before = session_length(s);
    int rc = step_check(st, c, s->cached ? &s->kv : NULL, s->max_rows);
    if (rc == 0 && s->cached && before == 0 && st->rows != s->rows) {
        plans_clear(&s->plans);
        rc = kv_set_rows(&s->kv, st->rows);
    }
    if (rc < 0)
        return rc;
    s->rows = st->rows;
    outputs_clear(&s->outputs);
    if (c->arch->position == POSITION_ROPE)
        rope_update(&c->rope, &s->rope, step_last_position(st, s->cached ? &s->kv : NULL));
    rc = run_chunks(s, st);
    if (rc < 0) {
        outputs_clear(&s->outputs);
        if (s->cached)
            CHECK(kv_crop(&s->kv, before) == 0);
        return rc;
    }
    outputs_list(&s->outputs, c);
    return 0;
}

void session_set_hook(struct session *s, plan_hook *hook, void *arg) {
    s->watch = (struct plan_watch){.stage = hook, .arg = arg};
}

void session_set_watch(struct session *s, const struct plan_watch *watch) {
    s->watch = watch ? *watch : (struct plan_watch){0};
}

bool session_output(const struct session *s, const char *name, struct tensor *out) {
    return outputs_find(&s->outputs, &s->model->config, name, out);
}

const char *const *session_outputs(const struct session *s) {
    return s->outputs.names;
}
const struct model *session_model(const struct session *s) {
    return s->model;
}
struct model *session_model_mutable(struct session *s) {
    return s->model;
}
int64_t session_rows(const struct session *s) {
    return s->rows;
}
int64_t session_length(const struct session *s) {
    return s->cached ? s->kv.length : 0;
}
int64_t session_chunk(const struct session *s) {
    return s->chunk;
}
const struct kv *session_kv(const struct session *s) {
    return s->cached ? &s->kv : NULL;
}

int64_t session_capacity(const struct session *s) {
    return s->cached ? s->kv.capacity : s->model->config.max_positions;
}

int session_crop(struct session *s, int64_t length) {
    return s->cached ? kv_crop(&s->kv, length) : 0;
}

int session_select(struct session *s, const int64_t *from, int64_t n) {
    if (!s->cached)
        return err_set(ERR_ARG, "a model without a cache has no rows to select");
    int64_t before = s->kv.rows;
    int rc = kv_select(&s->kv, from, n);
    if (rc == 0 && n != before)
        plans_clear(&s->plans);
    s->rows = s->kv.rows;
    return rc;
}

void session_reset(struct session *s) {
    if (s->cached)
        CHECK(kv_crop(&s->kv, 0) == 0);
    if (s->model->config.arch->position == POSITION_ROPE)
        rope_init(&s->model->config.rope, &s->rope);
}

int session_plan(struct session *s, const struct network_shape *shape, struct plan **out) {
    return ready_plan(s, shape, out);
}

void session_routes(const struct session *s, int64_t counts[ROUTE_COUNT]) {
    memcpy(counts, s->plans.routes, sizeof(s->plans.routes));
}

int64_t session_cache_bytes(const struct session *s) {
    return (int64_t)s->kv.bytes.size;
}
int64_t session_workspace_bytes(const struct session *s) {
    return (int64_t)s->plans.workspace.size;
}
