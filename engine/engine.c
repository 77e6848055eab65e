/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/backend.h"
#include "engine/base/err.h"
#include "engine/base/warm.h"
#include "engine/format/checkpoint.h"
#include "engine/nn/arch.h"
#include "engine/nn/weights_options.h"
#include "engine/run/generate.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"

enum { TEXT_MAX = 1 << 30, TOKEN_RESERVED = 16384 }; /* bytes of one text; of most tokens */

struct engine {
    struct device *device;
    struct model *model;
    struct warm *warm; /* of the model's weights, or NULL */
    unsigned plan_flags;
    char name[128]; /* class name */
    char stored[WEIGHTS_STORED_SIZE], note[2 * WEIGHTS_STORED_SIZE];
};

struct engine_session {
    struct engine *engine;
    struct session *session;
    int32_t *held; /* [held_len] the ids of the timeline */
    int64_t held_len, room;
    double prompt_ms, tokens_ms;
    int64_t passes, drafted, accepted;
};

const char *engine_error(void) {
    return err_text();
}
const char *engine_version(void) {
    return NOCTULE_VERSION;
}

static int model_options(struct model_options *out, const struct engine_options *o) {
    *out = (struct model_options){.checkpoint_flags = o->read ? CHECKPOINT_READ : CHECKPOINT_MAP,
                                  .packed_cache = o->packed_cache,
                                  .tokenizer = true};
    return weights_options_parse(&out->weights, o->dtype, o->quant, o->quant_embedding);
}

int engine_open(struct engine **out, const char *path, const struct engine_options *options) {
    static const struct engine_options none = {0};
    const struct engine_options *o = options ? options : &none;
    const struct device_options device = {
        .threads = o->threads,
        .pin = o->pin,
        .isa = o->isa,
        .exact = o->exact,
        .fast = o->fast,
    };
    struct model_options mo;
    struct engine *e = xcalloc(1, sizeof(*e));
    int rc = model_options(&mo, o);
    if (rc == 0)
        rc = device_open(&e->device, o->backend ? o->backend : BACKEND_DEFAULT, &device);
    if (rc == 0)
        rc = model_open(&e->model, path, e->device, &mo);
    if (rc < 0) {
        engine_close(e);
        return rc;
    }
    const struct config *c = &e->model->config;
    e->warm = weights_warm(&e->model->weights);
    e->plan_flags = o->strict ? PLAN_STRICT : 0;
    (void)snprintf(e->name, sizeof(e->name), "%s%s", c->arch->class_name, c->head->suffix);
    (void)weights_stored(&e->model->weights, e->stored);
    if (e->model->weights.misfits > 0)
        (void)snprintf(
            e->note, sizeof(e->note),
            "%zu matrices could not be quantised as asked, since their rows are no whole "
            "blocks; the tensors are now %s",
            e->model->weights.misfits, e->stored);
    *out = e;
    return 0;
}

void engine_close(struct engine *e) {
    if (!e)
        return;
    warm_stop(e->warm);
    model_close(e->model);
    device_close(e->device);
    free(e);
}

void engine_info(const struct engine *e, struct engine_info *out) {
    const struct config *c = &e->model->config;
    *out = (struct engine_info){
        .family = c->arch->model_type,
        .model = e->name,
        .backend = e->device->name,
        .parameters = e->model->weights.parameters,
        .weight_bytes = e->model->weights.bytes,
        .stored = e->stored,
        .note = e->note[0] ? e->note : NULL,
        .packed = e->model->packed.said,
        .vocab_size = c->vocab_size,
        .hidden_size = c->hidden_size,
        .layers = c->num_hidden_layers,
        .max_positions = c->max_positions,
        .can_generate = c->head->causal && config_is_causal(c),
        .has_tokenizer = model_has_tokenizer(e->model),
    };
}

/* An added token may have an id behind the last row of the embedding. */
static int check_rows(const struct engine *e, const struct tokenizer *t,
                      const struct encoding *encoding) {
    int64_t vocab = e->model->config.vocab_size;
    for (size_t i = 0; i < encoding->len; i++)
        if (encoding->ids[i] >= vocab)
            return err_set(ERR_FORMAT,
                           "%s/tokenizer.json: the token \"%s\" has the id %lld, and the model's "
                           "vocabulary ends at %lld; they are not of one checkpoint",
                           e->model->folder, tokenizer_token(t, encoding->ids[i], NULL),
                           (long long)encoding->ids[i], (long long)vocab - 1);
    return 0;
}

int64_t engine_tokenize(struct engine *e, const char *text, size_t len, bool special,
                        int32_t **ids) {
    const struct tokenizer *t;
    struct encoding encoding = {0};
    int rc = model_tokenizer(e->model, &t);
    if (rc == 0)
        rc = tokenizer_encode(t, &encoding, text, len,
                              ENCODE_WHOLE | (special ? ENCODE_SPECIAL : 0));
    if (rc == 0)
        rc = check_rows(e, t, &encoding);
    if (rc == 0) {
        size_t size = encoding.len * sizeof(**ids);
        *ids = malloc(size + 1);
        if (!*ids)
            rc = err_set(ERR_NOMEM, "no memory for %zu ids", encoding.len);
        else if (size > 0)
            memcpy(*ids, encoding.ids, size);
    }
    int64_t count = (int64_t)encoding.len;
    encoding_done(&encoding);
    return rc < 0 ? rc : count;
}

int64_t engine_detokenize(struct engine *e, const int32_t *ids, size_t len, bool skip_special,
                          char **text) {
    const struct tokenizer *t;
    struct buf b;
    buf_init(&b, TEXT_MAX);
    int rc = model_tokenizer(e->model, &t);
    if (rc == 0)
        rc = tokenizer_decode(t, &b, ids, len, skip_special ? DECODE_SKIP_SPECIAL : 0);
    int64_t size = (int64_t)b.len;
    if (rc == 0)
        *text = buf_detach(&b);
    buf_done(&b);
    return rc < 0 ? rc : size;
}

void engine_free(void *p) {
    free(p);
}

int engine_session_open(struct engine_session **out, struct engine *e,
                        const struct engine_session_config *config) {
    struct session_options o = {
        .capacity = config ? config->capacity : 0,
        .chunk = config ? config->chunk : 0,
        .plan_flags = e->plan_flags,
    };
    struct engine_session *s = xcalloc(1, sizeof(*s));
    s->engine = e;
    int rc = kv_parse(&o.kv, config ? config->kv : NULL);
    if (rc == 0)
        rc = session_new(&s->session, e->model, &o);
    if (rc == 0) {
        s->room = session_capacity(s->session);
        s->held = calloc((size_t)s->room, sizeof(*s->held));
        rc = s->held ? 0 : err_set(ERR_NOMEM, "no memory for a session");
    }
    if (rc < 0) {
        engine_session_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void engine_session_close(struct engine_session *s) {
    if (!s)
        return;
    session_free(s->session);
    free(s->held);
    free(s);
}

/* Ids that both have at their beginning, of what the session can keep. */
static int64_t common_prefix(const struct engine_session *s, const int32_t *ids, int64_t len) {
    int64_t limit =
        s->held_len < session_length(s->session) ? s->held_len : session_length(s->session);
    int64_t n = 0;
    while (n < limit && n < len && s->held[n] == ids[n])
        n++;
    return n;
}

/* Drops what is not shared with ids; at least the last of them is left to compute. Heads over
 * whole texts share nothing. */
static int64_t keep_common(struct engine_session *s, const int32_t *ids, int64_t len) {
    bool generates = s->engine->model->config.head->kind == HEAD_LM;
    int64_t n = generates ? common_prefix(s, ids, len) : 0;
    n = n < len ? n : len - 1;
    if (n == 0)
        session_reset(s->session);
    else if (session_crop(s->session, n) < 0)
        n = 0;
    s->held_len = n;
    return n;
}

static int hold(struct engine_session *s, const int32_t *ids, int64_t len) {
    if (len > s->room)
        return err_set(ERR_LIMIT, "%lld ids exceed the session's %lld", (long long)len,
                       (long long)s->room);
    memcpy(s->held, ids, (size_t)len * sizeof(*ids));
    s->held_len = len;
    return 0;
}

int64_t engine_session_sync(struct engine_session *s, const int32_t *ids, size_t len) {
    int64_t n = (int64_t)len;
    if (len == 0)
        return err_set(ERR_ARG, "there are no ids to hold");
    if (n > s->room)
        return err_set(ERR_LIMIT, "%zu ids exceed the session's %lld", len, (long long)s->room);
    int64_t kept = keep_common(s, ids, n);
    const struct step step = {.rows = 1, .tokens = n - kept, .ids = ids + kept};
    int rc = session_step(s->session, &step);
    if (rc == 0)
        rc = hold(s, ids, n);
    return rc < 0 ? rc : n - kept;
}

int64_t engine_session_size(const struct engine_session *s) {
    return s->held_len;
}

int64_t engine_session_values(const struct engine_session *s, const char *name, const float **out) {
    struct tensor t;
    if (!session_output(s->session, name, &t) || !tensor_is_contiguous(&t))
        return err_set(ERR_NOTFOUND, "%s has no output \"%s\"", s->engine->name, name);
    *out = t.data;
    return tensor_count(&t);
}

int64_t engine_session_logits(const struct engine_session *s, const float **out) {
    return engine_session_values(s, "logits", out);
}

static void pool(float *out, const struct tensor *hidden, enum engine_pooling pooling) {
    int64_t tokens = hidden->shape[1], width = hidden->shape[2];
    const float *rows = hidden->data;
    int64_t first = pooling == ENGINE_POOL_LAST ? tokens - 1 : 0;
    int64_t end = pooling == ENGINE_POOL_CLS ? 1 : tokens;
    for (int64_t i = 0; i < width; i++) {
        double sum = 0;
        for (int64_t t = first; t < end; t++)
            sum += (double)rows[t * width + i];
        out[i] = (float)(sum / (double)(end - first));
    }
}

static void scale_to_one(float *v, int64_t len) {
    double sum = 0;
    for (int64_t i = 0; i < len; i++)
        sum += (double)v[i] * (double)v[i];
    for (int64_t i = 0; i < len && sum > 0; i++)
        v[i] = (float)((double)v[i] / sqrt(sum));
}

int engine_session_embed(struct engine_session *s, const int32_t *ids, size_t len,
                         enum engine_pooling pooling, bool normalize, float *out) {
    struct tensor hidden;
    const struct step step = {
        .rows = 1, .tokens = (int64_t)len, .ids = ids, .keep = KEEP_NONE, .flags = STEP_HIDDEN};
    session_reset(s->session);
    s->held_len = 0;
    int rc = session_step(s->session, &step);
    if (rc < 0)
        return rc;
    CHECK(session_output(s->session, "last_hidden_state", &hidden));
    pool(out, &hidden, pooling);
    if (normalize)
        scale_to_one(out, hidden.shape[2]);
    session_reset(s->session);
    return 0;
}

/* ---- generation ---- */

static int apply_settings(struct generation *g, const char *settings, struct arena *arena) {
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, settings, strlen(settings), "settings", 0);
    if (rc == 0)
        rc = generation_apply(g, json_root(doc), arena);
    json_free(doc);
    return rc;
}

/* What options name takes the place of what the checkpoint says, whether that can be had or not. */
static void settle(struct generation *g, const struct engine_generate *o) {
    const struct {
        const char *key;
        bool is_given;
    } keys[] = {
        {"max_new_tokens",           o->max_new_tokens >= 0   },
        {"do_sample",                o->temperature >= 0      },
        {"temperature",              o->temperature >= 0      },
        {"top_k",                    o->top_k >= 0            },
        {"top_p",                    o->top_p >= 0            },
        {"min_p",                    o->min_p >= 0            },
        {"repetition_penalty",       o->repetition_penalty > 0},
        {"prompt_lookup_num_tokens", o->lookup >= 0           },
        {"seed",                     true                     },
        {"stop_strings",             o->stop_len > 0          },
        {"eos_token_id",             o->stop_ids_len > 0      },
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].is_given)
            generation_settle(g, keys[i].key);
}

static int settings_of(struct generation *g, const struct engine *e,
                       const struct engine_generate *o, struct arena *arena) {
    *g = e->model->generation;
    settle(g, o);
    if (o->max_new_tokens >= 0)
        g->max_new_tokens = o->max_new_tokens;
    if (o->temperature >= 0) {
        g->do_sample = o->temperature > 0;
        g->temperature = o->temperature > 0 ? o->temperature : 1;
    }
    if (o->top_k >= 0)
        g->top_k = o->top_k;
    if (o->top_p >= 0)
        g->top_p = o->top_p;
    if (o->min_p >= 0)
        g->min_p = o->min_p;
    if (o->repetition_penalty > 0)
        g->repetition_penalty = o->repetition_penalty;
    if (o->lookup >= 0)
        g->lookup_tokens = o->lookup;
    g->seed = o->seed;
    for (size_t i = 0; i < o->stop_len; i++)
        if (!o->stop[i][0])
            return err_set(ERR_ARG, "a stop string must not be empty");
    if (o->stop_len > 0)
        g->stop_strings = (struct string_list){o->stop, (int64_t)o->stop_len};
    if (o->stop_ids_len > 0)
        g->eos_token_id = (struct id_list){o->stop_ids, (int64_t)o->stop_ids_len};
    return o->settings ? apply_settings(g, o->settings, arena) : 0;
}

static const struct engine_generate no_options = ENGINE_GENERATE_DEFAULTS;

int64_t engine_generate_capacity(const struct engine *e, size_t len,
                                 const struct engine_generate *options) {
    const struct config *c = &e->model->config;
    struct generation g;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = settings_of(&g, e, options ? options : &no_options, &arena);
    if (rc == 0)
        generation_resolve(&g, (int64_t)len, (int64_t)len, c->max_positions);
    arena_done(&arena);
    if (rc < 0)
        return rc;
    int64_t need = g.max_length > (int64_t)len ? g.max_length : (int64_t)len;
    bool ends = c->arch->position == POSITION_LEARNED && need > c->max_positions;
    return ends ? c->max_positions : need;
}

struct streaming {
    struct token_stream *stream; /* NULL without a tokenizer */
    struct buf text;
    engine_token_fn *each;
    void *arg;
};

static int stream_token(void *arg, const struct generate_step *step) {
    struct streaming *st = arg;
    int rc = 0;
    buf_reset(&st->text);
    if (st->stream)
        rc = token_stream_push(st->stream, step->tokens[0], &st->text);
    if (rc == 0 && st->stream && step->ended[0])
        rc = token_stream_finish(st->stream, &st->text);
    if (rc < 0 || !st->each)
        return rc;
    const struct engine_token token = {
        .index = step->step,
        .id = step->tokens[0],
        .score = step->choices[0].score,
        .margin = step->choices[0].margin,
        .text = st->text.data,
        .text_len = st->text.len,
        .last = step->ended[0],
    };
    return st->each(st->arg, &token) != 0;
}

static int generate_into(struct generate_result *r, struct engine_session *s, const int32_t *ids,
                         int64_t len, bool is_text, const struct generation *g,
                         struct streaming *st) {
    const struct generate_request request = {
        .rows = 1,
        .tokens = len,
        .ids = ids,
        .is_text = is_text,
        .settings = g,
        .each = stream_token,
        .arg = st,
    };
    (void)keep_common(s, ids, len);
    int rc = generate(r, s->session, &request);
    if (rc < 0) {
        s->held_len = 0;
        return rc;
    }
    /* The last new id was never fed. */
    rc = hold(s, r->ids, session_length(s->session));
    s->prompt_ms = (double)r->prefill_ns / 1e6;
    s->tokens_ms = (double)r->decode_ns / 1e6;
    s->passes = r->passes;
    s->drafted = r->drafted;
    s->accepted = r->accepted;
    return rc;
}

int64_t engine_session_generate(struct engine_session *s, const int32_t *ids, size_t len,
                                const struct engine_generate *options, engine_token_fn *each,
                                void *arg, int32_t **out) {
    const struct tokenizer *t = NULL;
    struct streaming st = {.each = each, .arg = arg};
    struct generate_result r = {0};
    struct generation g;
    struct arena arena;
    if (len == 0)
        return err_set(ERR_ARG, "there are no ids to continue");
    options = options ? options : &no_options;
    arena_init(&arena, 0);
    buf_init(&st.text, TEXT_MAX);
    buf_reserve(&st.text, TOKEN_RESERVED);
    int rc = settings_of(&g, s->engine, options, &arena);
    if (rc == 0 && model_has_tokenizer(s->engine->model))
        rc = model_tokenizer(s->engine->model, &t);
    if (rc == 0 && t)
        st.stream = token_stream_new(t, DECODE_SKIP_SPECIAL);
    if (rc == 0)
        rc = generate_into(&r, s, ids, (int64_t)len, options->is_text, &g, &st);
    int64_t steps = r.steps;
    if (rc == 0 && out) {
        memmove(r.ids, r.ids + r.prompt, (size_t)steps * sizeof(*r.ids));
        *out = r.ids;
        r.ids = NULL;
    }
    token_stream_free(st.stream);
    generate_done(&r);
    buf_done(&st.text);
    arena_done(&arena);
    return rc < 0 ? rc : steps;
}

void engine_session_timing(const struct engine_session *s, double *prompt_ms, double *tokens_ms) {
    *prompt_ms = s->prompt_ms;
    *tokens_ms = s->tokens_ms;
}

void engine_session_passes(const struct engine_session *s, int64_t *passes, int64_t *drafted,
                           int64_t *accepted) {
    *passes = s->passes;
    *drafted = s->drafted;
    *accepted = s->accepted;
}
