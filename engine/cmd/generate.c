/* SPDX-License-Identifier: Apache-2.0 */
/* generate: continues a text. stdout is the text and nothing else. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "engine/engine.h"
#include "engine/run/side.h"

enum { TEXT_MAX = 1 << 28 };

struct generate_opts {
    struct side_options side;
    const char *kv, *ids, *settings, *packed_cache;
    int64_t threads, max_new_tokens, top_k, seed, chunk, capacity, lookup;
    double temperature, top_p, min_p, repetition_penalty;
    bool json, strict, echo, no_special, no_eos;
    struct opt_list stop;
};
static const struct generate_opts defaults = {
    .max_new_tokens = -1,
    .top_k = -1,
    .temperature = -1,
    .top_p = -1,
    .min_p = -1,
    .repetition_penalty = -1,
    .lookup = -1,
    .packed_cache = "auto",
};

#define FIELD(f) offsetof(struct generate_opts, f)
static const struct opt opts[] = {
    {OPT_INT,   "max-new-tokens",     'n', FIELD(max_new_tokens),     "N",               0,    1e9,
     "Stop after N tokens (else the checkpoint's setting, else 20)."                                                                                  },
    {OPT_REAL,  "temperature",        'T', FIELD(temperature),        "X",               0,    1e6,
     "Sample at temperature X; 0 is greedy."                                                                                                          },
    {OPT_INT,   "top-k",              'k', FIELD(top_k),              "N",               0,    1e9,
     "Sample among the N likeliest tokens; 0 is off."                                                                                                 },
    {OPT_REAL,  "top-p",              'p', FIELD(top_p),              "X",               0,    1,
     "Sample among the likeliest tokens that make up X."                                                                                              },
    {OPT_REAL,  "min-p",              0,   FIELD(min_p),              "X",               0,    1,
     "Drop tokens less likely than X times the likeliest."                                                                                            },
    {OPT_REAL,  "repetition-penalty", 0,   FIELD(repetition_penalty), "X",               1e-6, 1e6,
     "Scores of tokens seen before are divided by X."                                                                                                 },
    {OPT_INT,   "seed",               's', FIELD(seed),               "N",               0,    0,    "The same seed draws the same tokens."           },
    {OPT_LIST,  "stop",               0,   FIELD(stop),               "TEXT",            0,    0,    "Stop behind TEXT; may be repeated."             },
    {OPT_INT,   "lookup",             0,   FIELD(lookup),             "N",               0,    1e9,
     "Guess up to N tokens from the text so far and check them in one pass."                                                                          },
    {OPT_STR,   "settings",           0,   FIELD(settings),           "JSON",            0,    0,
     "More settings, under the names of generation_config.json."                                                                                      },
    {OPT_FLAG,  "no-eos",             0,   FIELD(no_eos),             NULL,              0,    0,    "Do not stop at an end token."                   },
    {OPT_STR,   "ids",                'i', FIELD(ids),                "IDS",             0,    0,
     "The prompt as token ids (\"1 2 3\"); print ids too."                                                                                            },
    {OPT_FLAG,  "no-special",         0,   FIELD(no_special),         NULL,              0,    0,
     "Do not add special tokens to the prompt."                                                                                                       },
    {OPT_FLAG,  "echo",               'e', FIELD(echo),               NULL,              0,    0,    "Print the prompt before its continuation."      },
    {OPT_FLAG,  "json",               'j', FIELD(json),               NULL,              0,    0,    "One JSON object: ids, text, scores, timing."    },
    {OPT_INT,   "threads",            't', FIELD(threads),            "N",               0,    1024, "Threads; 0 is one per core."                    },
    {OPT_FLAG,  "pin",                0,   FIELD(side.device.pin),    NULL,              0,    0,
     "Bind each thread to a core of its own."                                                                                                         },
    {OPT_GROUP, "storage",            0,   FIELD(side),               side_storage_opts, 0,    0,    NULL                                             },
    {OPT_STR,   "packed-cache",       0,   FIELD(packed_cache),       "DIR",             0,    0,
     "Packed weights of an earlier start: auto, on (keep them), off, or DIR to keep them in."                                                         },
    {OPT_STR,   "kv",                 0,   FIELD(kv),                 "TYPE",            0,    0,    "Keep keys and values as f32, f16 or q8_0 (f32)."},
    {OPT_GROUP, "device",             0,   FIELD(side),               side_device_opts,  0,    0,    NULL                                             },
    {OPT_FLAG,  "strict",             0,   FIELD(strict),             NULL,              0,    0,
     "Fail where the backend would fall back to the CPU reference."                                                                                   },
    {OPT_INT,   "chunk",              0,   FIELD(chunk),              "N",               0,    1e9,
     "Compute N tokens of the prompt at once (512)."                                                                                                  },
    {OPT_INT,   "capacity",           0,   FIELD(capacity),           "N",               0,    1e9,
     "Make room for N tokens (else for the prompt and all new ones)."                                                                                 },
    OPT_END_ROW,
};

struct output {
    const struct generate_opts *opts;
    struct engine *engine;
    struct buf text;
    struct buf json; /* the tokens, when asked for */
    struct json_writer writer;
    int64_t prompt_len, max_positions;
    struct {
        int64_t count, drafted, accepted;
    } passes; /* behind the prompt's */
    bool warned;
};

/* Rotary positions have no end, but what lies behind the longest text that the model saw in its
 * training may be nonsense. */
static void warn_of_length(struct output *out, const struct engine_token *token) {
    if (out->warned || token->last || out->prompt_len + token->index < out->max_positions)
        return;
    log_warn("the text exceeds the %" PRId64 " tokens that the model was made for; what follows "
             "may be poor",
             out->max_positions);
    out->warned = true;
}

static int print_token(void *arg, const struct engine_token *token) {
    struct output *out = arg;
    warn_of_length(out, token);
    if (out->opts->json) {
        json_open_object(&out->writer, NULL);
        json_put_int(&out->writer, "id", token->id);
        json_put_str(&out->writer, "text", token->text);
        json_put_real(&out->writer, "score", (double)token->score);
        json_put_real(&out->writer, "margin", (double)token->margin);
        json_close_object(&out->writer);
        buf_add(&out->text, token->text, token->text_len);
    } else if (out->opts->ids) {
        (void)printf("%s%" PRId32, token->index ? " " : "", token->id);
    } else {
        (void)fwrite(token->text, 1, token->text_len, stdout);
    }
    return fflush(stdout) != 0;
}

/* The prompt is the operand, or stdin, or --ids. */
static int64_t read_prompt(int32_t **ids, struct output *out, int argc, char **argv) {
    const struct generate_opts *o = out->opts;
    struct buf text;
    if (o->ids)
        return ids_parse(ids, o->ids);
    buf_init(&text, TEXT_MAX);
    char block[65536];
    size_t n;
    if (argc > 1)
        buf_puts(&text, argv[1]);
    else
        while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
            buf_add(&text, block, n);
    int64_t len = buf_ok(&text, "the prompt");
    if (len == 0)
        len = engine_tokenize(out->engine, text.data, text.len, !o->no_special, ids);
    if (len == ENGINE_NOTFOUND)
        len = err_while((int)len, "a prompt of text needs a tokenizer (else give --ids)");
    if (len >= 0 && o->echo && !o->json)
        (void)fwrite(text.data, 1, text.len, stdout);
    buf_done(&text);
    return len;
}

static void put_summary(struct output *out, const int32_t *ids, int64_t len, const int32_t *new_ids,
                        int64_t new_len, double prompt_ms, double tokens_ms) {
    struct json_writer *w = &out->writer;
    json_close_array(w);
    json_open_array(w, "ids");
    for (int64_t i = 0; i < len; i++)
        json_put_int(w, NULL, ids[i]);
    for (int64_t i = 0; i < new_len; i++)
        json_put_int(w, NULL, new_ids[i]);
    json_close_array(w);
    json_put_int(w, "prompt_tokens", len);
    json_put_int(w, "new_tokens", new_len);
    json_put_str(w, "text", out->text.data);
    json_put_real(w, "prompt_ms", prompt_ms);
    json_put_real(w, "tokens_ms", tokens_ms);
    if (out->passes.drafted > 0 || out->opts->lookup > 0) {
        json_put_int(w, "passes", out->passes.count);
        json_put_int(w, "drafted", out->passes.drafted);
        json_put_int(w, "accepted", out->passes.accepted);
    }
    json_close_object(w);
    (void)puts(out->json.data);
}

static void report(int64_t len, int64_t new_len, double prompt_ms, double tokens_ms) {
    double rest = (double)(new_len - 1);
    log_info("prompt: %" PRId64 " tokens in %.1f ms; then %" PRId64 " tokens, %.1f a second", len,
             prompt_ms, new_len, rest > 0 && tokens_ms > 0 ? rest * 1000 / tokens_ms : 0);
}

static int open_session(struct engine_session **s, const struct output *out, int64_t len,
                        const struct engine_generate *options) {
    const struct generate_opts *o = out->opts;
    int64_t need = engine_generate_capacity(out->engine, (size_t)len, options);
    const struct engine_session_config config = {
        .capacity = o->capacity ? o->capacity : need,
        .chunk = o->chunk,
        .kv = o->kv,
    };
    return need < 0 ? (int)need : engine_session_open(s, out->engine, &config);
}

static int generate_ids(struct output *out, const int32_t *ids, int64_t len) {
    static const int32_t nothing[] = {-1};
    const struct generate_opts *o = out->opts;
    const struct engine_generate options = {
        .max_new_tokens = o->max_new_tokens,
        .temperature = o->temperature,
        .top_k = o->top_k,
        .top_p = o->top_p,
        .min_p = o->min_p,
        .repetition_penalty = o->repetition_penalty,
        .seed = (uint64_t)o->seed,
        .stop = o->stop.items,
        .stop_len = o->stop.len,
        .stop_ids = o->no_eos ? nothing : NULL,
        .stop_ids_len = o->no_eos,
        .settings = o->settings,
        .lookup = o->lookup,
        .is_text = !o->ids,
    };
    struct engine_session *s = NULL;
    struct engine_info info;
    int32_t *new_ids = NULL;
    double prompt_ms, tokens_ms;
    engine_info(out->engine, &info);
    if (info.note)
        log_warn("%s", info.note);
    if (info.packed && strcmp(o->packed_cache, "auto") != 0)
        log_info("%s", info.packed);
    out->prompt_len = len;
    out->max_positions = info.max_positions;
    int rc = open_session(&s, out, len, &options);
    int64_t count =
        rc < 0 ? rc
               : engine_session_generate(s, ids, (size_t)len, &options, print_token, out, &new_ids);
    if (count >= 0) {
        engine_session_timing(s, &prompt_ms, &tokens_ms);
        engine_session_passes(s, &out->passes.count, &out->passes.drafted, &out->passes.accepted);
        if (o->json)
            put_summary(out, ids, len, new_ids, count, prompt_ms, tokens_ms);
        else
            (void)putchar('\n');
        report(len, count, prompt_ms, tokens_ms);
    }
    engine_free(new_ids);
    engine_session_close(s);
    return count < 0 ? (int)count : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    const struct generate_opts *o = options;
    struct output out = {.opts = o};
    if (argc < 1 || argc > 2 || (o->ids && argc > 1))
        return err_set(ERR_ARG, "expected MODEL and a PROMPT, or --ids");
    const struct engine_options eo = {
        .backend = o->side.backend,
        .isa = o->side.device.isa,
        .exact = o->side.device.exact,
        .fast = o->side.device.fast,
        .threads = (int)o->threads,
        .pin = o->side.device.pin,
        .dtype = o->side.dtype,
        .quant = o->side.quant,
        .quant_embedding = o->side.quant_embedding,
        .strict = o->strict,
        .packed_cache = o->packed_cache,
    };
    int rc = engine_open(&out.engine, argv[0], &eo);
    if (rc < 0)
        return rc;
    int32_t *ids = NULL;
    buf_init(&out.text, TEXT_MAX);
    buf_init(&out.json, TEXT_MAX);
    json_writer_init(&out.writer, &out.json, 0);
    json_open_object(&out.writer, NULL);
    json_open_array(&out.writer, "tokens");
    int64_t len = read_prompt(&ids, &out, argc, argv);
    if (len == 0)
        len = err_set(ERR_ARG, "the prompt has no tokens");
    rc = len < 0 || !ids ? (int)len : generate_ids(&out, ids, len);
    engine_free(ids);
    buf_done(&out.json);
    buf_done(&out.text);
    engine_close(out.engine);
    return rc;
}

const struct cmd cmd_generate = {
    .name = "generate",
    .args = "MODEL [PROMPT]",
    .summary = "Continues a text (PROMPT, or stdin, or --ids).",
    .opts = opts,
    .opts_size = sizeof(struct generate_opts),
    .defaults = &defaults,
    .run = run,
};
