/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/generate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/run/lookup.h"
#include "engine/run/processors.h"
#include "engine/run/stop.h"

const char *generate_finish_name(enum finish f) {
    static const char *const names[] = {
        [FINISH_LENGTH] = "length",
        [FINISH_EOS] = "eos",
        [FINISH_STRING] = "stop_string",
        [FINISH_CANCELLED] = "cancelled",
    };
    return names[f];
}

/* All that one call works with, allocated before the first token. */
struct loop {
    struct session *session;
    const struct generate_request *request;
    struct generation settings; /* resolved */
    struct generate_result *out;
    int64_t vocab, room; /* ids that a row has room for */
    struct scores_scratch scratch;
    struct stop stop;
    struct lookup lookup;
    bool stops;             /* there are stop strings */
    float *scores;          /* [rows,vocab] */
    struct choice *choices; /* [rows] */
    int32_t *tokens;        /* [rows] */
    bool *ended;            /* [rows] */
    uint8_t *mask;          /* [rows,tokens] inferred */
};

static int check_request(const struct loop *l) {
    const struct generate_request *r = l->request;
    const struct config *c = &session_model(l->session)->config;
    const struct generation *g = &l->settings;
    if (!c->head->causal || !config_is_causal(c))
        return err_set(ERR_ARG, "%s%s does not generate", c->arch->class_name, c->head->suffix);
    if (!r->ids == !r->embeds || r->rows < 1 || r->tokens < 1)
        return err_set(ERR_ARG, "generation starts from ids or from embeddings");
    int rc = generation_check(g);
    if (rc < 0)
        return rc;
    if (g->max_length < l->out->prompt)
        return err_set(ERR_ARG, "the prompt of %" PRId64 " tokens exceeds max_length %" PRId64,
                       l->out->prompt, g->max_length);
    int64_t need = r->tokens + l->room - l->out->prompt - 1;
    if (c->arch->position == POSITION_LEARNED && need > c->max_positions)
        return err_set(ERR_LIMIT,
                       "%" PRId64 " tokens and %" PRId64 " new ones exceed the %" PRId64
                       " positions that the model has learned; ask for fewer",
                       r->tokens, l->room - l->out->prompt, c->max_positions);
    if (need > session_capacity(l->session))
        return err_set(ERR_LIMIT,
                       "%" PRId64 " tokens and %" PRId64
                       " new ones exceed the session's capacity of %" PRId64,
                       r->tokens, l->room - l->out->prompt, session_capacity(l->session));
    if (g->lookup_tokens > 0 && r->rows > 1)
        return err_set(ERR_UNSUPPORTED,
                       "prompt lookup in a batch of %" PRId64 ": it works on one text at a time",
                       r->rows);
    return processors_check(g, l->vocab);
}

static int allocate(struct loop *l) {
    size_t rows = (size_t)l->request->rows;
    struct generate_result *out = l->out;
    out->ids = calloc(rows * (size_t)(l->room + 1), sizeof(*out->ids));
    out->finish = calloc(rows, sizeof(*out->finish));
    l->scores = malloc(rows * (size_t)l->vocab * sizeof(*l->scores));
    l->choices = calloc(rows, sizeof(*l->choices));
    l->tokens = calloc(rows, sizeof(*l->tokens));
    l->ended = calloc(rows, sizeof(*l->ended));
    if (!out->ids || !out->finish || !l->scores || !l->choices || !l->tokens || !l->ended)
        return err_set(ERR_NOMEM, "no memory to generate %" PRId64 " tokens", l->room);
    return scores_init(&l->scratch, l->vocab);
}

static bool contains(const struct id_list *list, int64_t id) {
    for (int64_t i = 0; i < list->len; i++)
        if (list->ids[i] == id)
            return true;
    return false;
}

/* HF takes pad ids for padding only when they cannot be the end of a text as well. */
static int infer_mask(struct loop *l) {
    const struct generate_request *r = l->request;
    int64_t pad = l->settings.pad_token_id, n = r->rows * r->tokens;
    bool any = false;
    if (r->mask || r->is_text || !r->ids || pad == GENERATION_NONE ||
        contains(&l->settings.eos_token_id, pad))
        return 0;
    for (int64_t i = 0; i < n && !any; i++)
        any = r->ids[i] == pad;
    if (!any)
        return 0;
    l->mask = malloc((size_t)n);
    if (!l->mask)
        return err_set(ERR_NOMEM, "no memory for the mask");
    for (int64_t i = 0; i < n; i++)
        l->mask[i] = r->ids[i] != pad;
    return 0;
}

static int start_stops(struct loop *l) {
    const struct generate_request *r = l->request;
    const struct tokenizer *t;
    l->stops = l->settings.stop_strings.len > 0;
    if (!l->stops)
        return 0;
    int rc = model_tokenizer(session_model_mutable(l->session), &t);
    if (rc == 0)
        rc = stop_init(&l->stop, t, &l->settings.stop_strings, r->rows);
    for (int64_t b = 0; b < r->rows && r->ids && rc == 0; b++) {
        /* No match reaches further back than one token a byte. */
        int64_t skip = r->tokens - (int64_t)l->stop.longest;
        bool ignored;
        for (int64_t t0 = skip > 0 ? skip : 0; t0 < r->tokens && rc == 0; t0++)
            rc = stop_push(&l->stop, b, r->ids[b * r->tokens + t0], &ignored);
    }
    return rc;
}

/* The part of the prompt that the session does not hold; at least its last token, for its
 * logits. */
static int prefill(struct loop *l) {
    const struct generate_request *r = l->request;
    const uint8_t *mask = r->mask ? r->mask : l->mask;
    int64_t past = r->embeds ? 0 : session_length(l->session);
    past = past < r->tokens - 1 ? past : r->tokens - 1;
    int rc = session_crop(l->session, past);
    if (rc < 0)
        return rc;
    if (past == 0) {
        session_reset(l->session);
        const struct step step = {
            .rows = r->rows,
            .tokens = r->tokens,
            .ids = r->ids,
            .embeds = r->embeds,
            .mask = mask,
            .flags = STEP_MASK_POSITIONS,
        };
        return session_step(l->session, &step);
    }
    int64_t len = r->tokens - past;
    int32_t *ids = malloc((size_t)(r->rows * len) * sizeof(*ids));
    uint8_t *rest = malloc((size_t)(r->rows * len));
    if (!ids || !rest)
        rc = err_set(ERR_NOMEM, "no memory for the rest of the prompt");
    for (int64_t b = 0; b < r->rows && rc == 0; b++) {
        for (int64_t t = 0; t < len; t++) {
            ids[b * len + t] = r->ids[b * r->tokens + past + t];
            rest[b * len + t] = mask ? mask[b * r->tokens + past + t] : 1;
        }
    }
    const struct step step = {
        .rows = r->rows, .tokens = len, .ids = ids, .mask = rest, .flags = STEP_MASK_POSITIONS};
    if (rc == 0)
        rc = session_step(l->session, &step);
    free(ids);
    free(rest);
    return rc;
}

/* Tokens that may stand behind the next one in a pass: what is still to come but for its last,
 * which is never computed on; within one chunk; under the same rotary frequencies. */
static int64_t draft_room(const struct loop *l) {
    const struct config *c = &session_model(l->session)->config;
    int64_t chunk = session_chunk(l->session);
    int64_t room = l->settings.max_length - l->out->prompt - l->out->steps - 1;
    if (chunk > 0 && chunk - 1 < room)
        room = chunk - 1;
    if (c->arch->position != POSITION_ROPE)
        return room;
    int64_t steady = rope_steady(&c->rope, session_length(l->session) + 1);
    return steady < room ? steady : room;
}

/* The pass behind the tokens just chosen, and in a single row behind a draft as well. */
static int decode(struct loop *l) {
    const struct generate_result *out = l->out;
    const struct id_list *ends = &l->settings.eos_token_id;
    if (l->request->rows == 1)
        lookup_guess(&l->lookup, out->ids, out->prompt + out->steps, draft_room(l), ends->ids,
                     ends->len);
    const struct step step = {
        .rows = l->request->rows,
        .tokens = 1 + l->lookup.len,
        .ids = l->request->rows == 1 ? l->lookup.pass : l->tokens,
        .keep = KEEP_ALL,
        .flags = STEP_MASK_POSITIONS,
    };
    l->out->passes++;
    return session_step(l->session, &step);
}

/* What HF's sampling refuses, and what its greedy search turns into token after token of nothing.
 */
static int check_choice(const struct loop *l, int64_t b) {
    float score = l->choices[b].score;
    bool drawn = l->settings.do_sample;
    if (l->ended[b] || isfinite(score) || (isinf(score) && !drawn))
        return 0;
    if (isinf(score) && score < 0)
        return err_set(ERR_ARG, "new token %" PRId64 " cannot be drawn: the settings ban them all",
                       l->out->steps);
    return err_set(ERR_FORMAT,
                   "the scores of new token %" PRId64
                   " are no numbers: the weights hold NaN or infinity, or are too large for their "
                   "dtype (the setting remove_invalid_values goes on)",
                   l->out->steps);
}

static void choose(struct loop *l, int64_t b, const float *logits) {
    const struct generate_request *r = l->request;
    const struct generation *g = &l->settings;
    struct generate_result *out = l->out;
    float *scores = l->scores + b * l->vocab;
    memcpy(scores, logits + b * l->vocab, (size_t)l->vocab * sizeof(*scores));
    struct row row = {
        .settings = g,
        .scratch = &l->scratch,
        .ids = out->ids + b * l->room,
        .len = out->prompt + out->steps,
        .prompt = out->prompt,
        .scores = scores,
    };
    processors_run(&row);
    if (!g->do_sample) {
        l->choices[b] = sampler_greedy(scores, l->vocab);
        return;
    }
    bool given = r->noise && out->steps < r->noise_steps;
    const struct noise noise = {
        .q = given ? r->noise + (out->steps * r->rows + b) * l->vocab : NULL,
        .seed = g->seed,
        .step = (uint64_t)out->steps,
        .row = (uint32_t)b,
    };
    l->choices[b] = sampler_draw(scores, l->scratch.values, l->vocab, &noise);
}

/* Decides whether the row ends with its new token. Once ended, it stays so. */
static int settle(struct loop *l, int64_t b) {
    bool stops = false;
    int rc = l->stops ? stop_push(&l->stop, b, l->tokens[b], &stops) : 0;
    if (rc < 0 || l->ended[b])
        return rc;
    l->out->finish[b] = FINISH_LENGTH;
    if (contains(&l->settings.eos_token_id, l->tokens[b]))
        l->out->finish[b] = FINISH_EOS;
    else if (stops)
        l->out->finish[b] = FINISH_STRING;
    l->ended[b] = l->out->finish[b] != FINISH_LENGTH ||
                  l->out->prompt + l->out->steps + 1 >= l->settings.max_length;
    return 0;
}

/* One token for each row from logits [rows,vocab]. Rows that ended go on with padding when there is
 * an end token. */
static int advance(struct loop *l, const float *logits) {
    int rc;
    for (int64_t b = 0; b < l->request->rows; b++) {
        choose(l, b, logits);
        if ((rc = check_choice(l, b)) < 0)
            return rc;
        bool pad = l->ended[b] && l->settings.eos_token_id.len > 0;
        l->tokens[b] = pad ? (int32_t)l->settings.pad_token_id : l->choices[b].id;
        l->out->ids[b * l->room + l->out->prompt + l->out->steps] = l->tokens[b];
        if ((rc = settle(l, b)) < 0)
            return rc;
    }
    const struct generate_step step = {
        .step = l->out->steps++,
        .rows = l->request->rows,
        .vocab = l->vocab,
        .tokens = l->tokens,
        .ended = l->ended,
        .choices = l->choices,
        .scores = l->scores,
        .logits = logits,
    };
    return l->request->each ? l->request->each(l->request->arg, &step) : 0;
}

static bool all_ended(const struct loop *l) {
    for (int64_t b = 0; b < l->request->rows; b++)
        if (!l->ended[b])
            return false;
    return true;
}

/* The tokens that a pass decides: one, and one more for each token of the draft that came true.
 * What was computed behind a wrong one is forgotten. */
static int advance_pass(struct loop *l) {
    struct tensor logits;
    int64_t i = 0;
    int rc;
    CHECK(session_output(l->session, "logits", &logits));
    do
        rc = advance(l, (const float *)logits.data + i * l->vocab);
    while (rc == 0 && lookup_confirms(&l->lookup, i++, l->tokens[0]) && !all_ended(l));
    int64_t held = l->request->tokens + l->out->steps - 1;
    if (rc < 0 || l->lookup.len == 0)
        return rc;
    int cropped = session_crop(l->session, held);
    return cropped < 0 ? cropped : rc;
}

static int run(struct loop *l) {
    struct generate_result *out = l->out;
    if (out->prompt >= l->settings.max_length)
        return 0; /* no token was asked for */
    int64_t begin = clock_mono_ns();
    int rc = prefill(l);
    out->prefill_ns = clock_mono_ns() - begin;
    while (rc == 0) {
        rc = advance_pass(l);
        if (rc != 0 || all_ended(l))
            break;
        rc = decode(l);
    }
    out->drafted = l->lookup.drafted;
    out->accepted = l->lookup.accepted;
    out->decode_ns = clock_mono_ns() - begin - out->prefill_ns;
    for (int64_t b = 0; b < l->request->rows && rc > 0; b++)
        if (!l->ended[b])
            out->finish[b] = FINISH_CANCELLED;
    return rc < 0 ? rc : 0;
}

/* Rows were laid out for all the tokens there might have been. */
static void close_ranks(struct loop *l) {
    struct generate_result *out = l->out;
    out->len = out->prompt + out->steps;
    for (int64_t b = 1; b < out->rows; b++)
        memmove(out->ids + b * out->len, out->ids + b * l->room,
                (size_t)out->len * sizeof(*out->ids));
}

static void resolve(struct loop *l) {
    const struct generate_request *r = l->request;
    const struct config *c = &session_model(l->session)->config;
    struct generate_result *out = l->out;
    out->rows = r->rows;
    out->prompt = r->ids ? r->tokens : 0;
    l->vocab = c->vocab_size;
    l->settings = *r->settings;
    generation_resolve(&l->settings, out->prompt, r->embeds ? r->tokens : out->prompt,
                       c->max_positions);
    l->lookup.most = l->settings.lookup_tokens;
    l->lookup.ngram = l->settings.lookup_ngram;
    l->room = l->settings.max_length > out->prompt ? l->settings.max_length : out->prompt;
}

static void copy_prompt(struct loop *l) {
    const struct generate_request *r = l->request;
    for (int64_t b = 0; b < r->rows && r->ids; b++)
        memcpy(l->out->ids + b * l->room, r->ids + b * r->tokens,
               (size_t)r->tokens * sizeof(*r->ids));
}

static int check_ids(const struct loop *l) {
    const struct generate_request *r = l->request;
    for (int64_t i = 0; r->ids && i < r->rows * r->tokens; i++)
        if (r->ids[i] < 0 || r->ids[i] >= l->vocab)
            return err_set(ERR_ARG, "token id %" PRId32 " is not within 0 and %" PRId64, r->ids[i],
                           l->vocab - 1);
    int64_t pad = l->settings.pad_token_id;
    if (r->rows > 1 && l->settings.eos_token_id.len > 0 && (pad < 0 || pad >= l->vocab))
        return err_set(ERR_ARG, "pad_token_id %" PRId64 " is not within 0 and %" PRId64, pad,
                       l->vocab - 1);
    return 0;
}

int generate(struct generate_result *out, struct session *s,
             const struct generate_request *request) {
    struct loop l = {.session = s, .request = request, .out = out};
    memset(out, 0, sizeof(*out));
    resolve(&l);
    int rc = check_request(&l);
    if (rc == 0)
        rc = check_ids(&l);
    if (rc == 0)
        rc = allocate(&l);
    if (rc == 0)
        rc = infer_mask(&l);
    if (rc == 0)
        rc = start_stops(&l);
    if (rc == 0) {
        copy_prompt(&l);
        rc = run(&l);
    }
    if (rc == 0)
        close_ranks(&l);
    else
        generate_done(out);
    stop_done(&l.stop);
    scores_done(&l.scratch);
    free(l.scores);
    free(l.choices);
    free(l.tokens);
    free(l.ended);
    free(l.mask);
    return rc;
}

void generate_done(struct generate_result *g) {
    free(g->ids);
    free(g->finish);
    memset(g, 0, sizeof(*g));
}
