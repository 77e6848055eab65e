/* SPDX-License-Identifier: Apache-2.0 */
/* parity: whether a model computes over many tokens what a reference computes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "engine/run/parity.h"
#include "engine/run/side.h"
#include "engine/trace/trace_file.h"

enum { OUTPUT_MAX = 1 << 20, IDS_WITHOUT_TEXT = 8 };
static const char reference_name[] = "cpu-reference";
static const char text_of_none[] = "The quick brown fox jumps over the lazy dog.";

struct options {
    struct side_options side;
    const char *against, *prompt, *tokens, *class;
    int64_t steps, threads;
    bool json, strict;
};
static const struct options defaults = {
    .against = reference_name, .side.backend = BACKEND_DEFAULT, .steps = 64};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,   "against", 'a', FIELD(against),          "WHAT",           0, 0,
     "cpu-reference, or a folder that `trace` or hf_trace.py wrote (cpu-reference)."                                           },
    {OPT_INT,   "steps",   'n', FIELD(steps),            "N",              1, PARITY_STEPS_MAX,
     "The prompt and N-1 tokens behind it (64); a trace has its own tokens and steps."                                         },
    {OPT_STR,   "prompt",  'p', FIELD(prompt),           "TEXT",           0, 0,                "The prompt (else a sentence)."},
    {OPT_STR,   "tokens",  'i', FIELD(tokens),           "IDS",            0, 0,                "The prompt as token ids."     },
    {OPT_STR,   "class",   'c', FIELD(class),            "CLASS",          0, 0,
     "What forced logits are held to: F, D for many layers, or f16, bf16, q8 for narrow types "
     "(F)."                                                                                                                    },
    {OPT_STR,   "backend", 'b', FIELD(side.backend),     "NAME",           0, 0,                "Of the model (cpu-native)."   },
    {OPT_STR,   "isa",     0,   FIELD(side.device.isa),  "NAME",           0, 0,                "Its instruction set."         },
    {OPT_STR,   "dtype",   'd', FIELD(side.dtype),       "TYPE",           0, 0,
     "Store weights as f32, f16 or bf16, on both sides (else as in the file)."                                                 },
    {OPT_STR,   "quant",   'q', FIELD(side.quant),       "TYPE",           0, 0,                "Store matrices as q8_0 …"   },
    {OPT_GROUP, "device",  0,   FIELD(side),             side_device_opts, 0, 0,                NULL                           },
    {OPT_FLAG,  "fast",    0,   FIELD(side.device.fast), NULL,             0, 0,
     "Round prompts to bf16 where weights are."                                                                                },
    {OPT_FLAG,  "strict",  0,   FIELD(strict),           NULL,             0, 0,
     "Fail where the backend would fall back to the CPU reference."                                                            },
    {OPT_INT,   "threads", 't', FIELD(threads),          "N",              0, 1024,             "Threads; 0 is one per core."  },
    {OPT_FLAG,  "json",    'j', FIELD(json),             NULL,             0, 0,                "Print one JSON object."       },
    OPT_END_ROW,
};

static int open_side(struct side *s, const struct options *o, const char *path, bool reference) {
    struct side_options options = o->side;
    if (reference) {
        options.backend = "cpu";
        options.device = (struct device_options){.exact = true};
    }
    options.device.threads = (int)o->threads;
    int rc = side_open(s, path, &options);
    return rc < 0 ? rc : model_must_predict(s->model);
}

static int start_side(struct side *s, const struct options *o, int64_t tokens) {
    const struct session_options options = {.capacity = tokens,
                                            .plan_flags = o->strict ? PLAN_STRICT : 0};
    int rc = side_start(s, &options);
    return rc < 0 ? err_while(rc, "the prompt and --steps %" PRId64, o->steps) : 0;
}

/* Activations of 8 bits are further from f32 than the class of f32 allows. */
static void warn_of_blocks(const struct options *o, const struct model *m) {
    char stored[WEIGHTS_STORED_SIZE];
    bool reference = strcmp(m->device->name, "cpu") == 0;
    bool blocks = strstr(weights_stored(&m->weights, stored), "q") != NULL;
    if (blocks && !reference && !o->side.device.exact && !o->class)
        log_warn("weights are in blocks (%s), so activations are rounded to 8 bits: hold them to "
                 "--class q8, or compute with --exact",
                 stored);
}

/* What nobody gave: a sentence, or a few ids over the vocabulary. */
static int64_t default_ids(struct model *m, int32_t **out) {
    int32_t *ids = xcalloc(IDS_WITHOUT_TEXT, sizeof(*ids));
    for (int64_t i = 0; i < IDS_WITHOUT_TEXT; i++)
        ids[i] = (int32_t)((i + 1) * m->config.vocab_size / (IDS_WITHOUT_TEXT + 2));
    *out = ids;
    return IDS_WITHOUT_TEXT;
}

static int64_t prompt_ids(const struct options *o, struct model *m, int32_t **out) {
    const char *text = o->prompt ? o->prompt : text_of_none;
    if (o->tokens)
        return ids_parse(out, o->tokens);
    if (!o->prompt && !model_has_tokenizer(m))
        return default_ids(m, out);
    return side_encode(out, m, text, strlen(text), true);
}

static int from_reference(struct parity_reference *r, const struct options *o, const char *path) {
    struct side side = {0};
    int32_t *ids = NULL;
    int rc = open_side(&side, o, path, true);
    int64_t len = rc < 0 ? rc : prompt_ids(o, side.model, &ids);
    if (len == 0)
        len = err_set(ERR_ARG, "the prompt has no tokens");
    rc = len < 0 ? (int)len : start_side(&side, o, len + o->steps);
    if (rc == 0)
        rc = parity_reference_run(r, side.session, ids, len, o->steps);
    free(ids);
    side_done(&side);
    return rc;
}

/* Steps of one text each, the first of which is the prompt; and the logits of each. */
static int from_trace(struct parity_reference *r, const char *folder) {
    struct trace t;
    int rc = trace_load(&t, folder);
    const struct trace_item *first = rc == 0 ? trace_find(&t, 0, STAGE_LM_HEAD, -1) : NULL;
    if (rc == 0 && (!first || t.step_count == 0 || t.steps[0].len == 0 || t.steps[0].rows != 1))
        rc = err_set(ERR_FORMAT, "%s has no lm_head of step 0, or no token ids", folder);
    if (rc == 0) {
        int64_t vocab = tensor_row_len(&first->tensor), prompt = t.steps[0].len;
        *r = (struct parity_reference){.prompt = prompt, .vocab = vocab};
        r->ids = xcalloc((size_t)prompt + t.step_count, sizeof(*r->ids));
        r->logits = xcalloc(t.step_count, (size_t)vocab * sizeof(float));
        memcpy(r->ids, t.steps[0].ids, (size_t)prompt * sizeof(*r->ids));
    }
    for (size_t i = 0; rc == 0 && i < t.step_count; i++) {
        const struct trace_item *item = trace_find(&t, (int64_t)i, STAGE_LM_HEAD, -1);
        if (!item || tensor_row_len(&item->tensor) != r->vocab || tensor_count(&item->tensor) == 0)
            break;
        if (i > 0 && t.steps[i].len != 1)
            break;
        if (i > 0)
            r->ids[r->prompt + (int64_t)i - 1] = t.steps[i].ids[0];
        tensor_copy_row(r->logits + (int64_t)i * r->vocab, DTYPE_F32, 1,
                        tensor_row(&item->tensor, tensor_rows(&item->tensor) - 1),
                        item->tensor.dtype, tensor_row_stride(&item->tensor), r->vocab);
        r->steps++;
    }
    trace_done(&t);
    return rc;
}

static void put_text(const char *what, const struct parity_part *p, const char *measure) {
    if (p->steps == 0) {
        (void)printf("%-20s nothing to compare\n", what);
        return;
    }
    (void)printf("%-20s %s  %" PRId64 " steps, %s %.3g at step %" PRId64 " (limit %.3g)%s%s\n",
                 what, p->fails ? "DIFFERS" : "same   ", p->steps, measure, p->worst, p->worst_step,
                 p->limit, p->text[0] ? ": " : "", p->text);
}

static void put_json(struct json_writer *w, const char *key, const struct parity_part *p,
                     const char *measure) {
    json_open_object(w, key);
    json_put_int(w, "steps", p->steps);
    json_put_real(w, measure, p->worst);
    json_put_int(w, "step", p->worst_step);
    json_put_real(w, "limit", p->limit);
    json_put_bool(w, "same", p->steps > 0 && !p->fails);
    if (p->text[0])
        json_put_str(w, "message", p->text);
    json_close_object(w);
}

static void print(const struct parity *p, const struct options *o) {
    if (!o->json) {
        put_text("teacher-forced", &p->forced, "worst nmse");
        put_text("free-running", &p->free, "smallest margin");
        put_text("cached against full", &p->full, "worst nmse");
        return;
    }
    struct buf out;
    struct json_writer w;
    buf_init(&out, OUTPUT_MAX);
    json_writer_init(&w, &out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "event", "parity");
    json_put_str(&w, "against", o->against);
    put_json(&w, "forced", &p->forced, "nmse");
    put_json(&w, "free", &p->free, "margin");
    json_put_int(&w, "near_ties", p->near_ties);
    put_json(&w, "full", &p->full, "nmse");
    json_close_object(&w);
    (void)puts(out.data);
    buf_done(&out);
}

/* 0 when each of the three questions had something to compare. */
static int check_answered(const struct parity *p) {
    if (p->forced.steps == 0 || p->full.steps == 0)
        return err_set(ERR_FORMAT, "nothing could be compared");
    if (p->free.steps == 0)
        return err_set(ERR_FORMAT, "nothing could be compared of the free run: the reference has "
                                   "one step, and a token is compared behind it; take 2 or more");
    return 0;
}

static int compare(const struct options *o, const char *path, const struct tolerance *tolerance,
                   const struct parity_reference *r) {
    struct side side = {0};
    struct parity p = {0};
    int rc = open_side(&side, o, path, false);
    if (rc == 0)
        warn_of_blocks(o, side.model);
    if (rc == 0 && side.model->config.vocab_size != r->vocab)
        rc = err_set(ERR_FORMAT, "the model has %" PRId64 " tokens, and the reference %" PRId64,
                     side.model->config.vocab_size, r->vocab);
    if (rc == 0)
        rc = start_side(&side, o, r->prompt + r->steps);
    if (rc == 0)
        rc = parity_run(&p, side.session, r, tolerance);
    if (rc == 0) {
        print(&p, o);
        bool fails = p.forced.fails || p.free.fails || p.full.fails;
        rc = fails ? EXIT_FAILED : check_answered(&p);
    }
    parity_done(&p);
    side_done(&side);
    return rc;
}

static int run(const void *opts, int argc, char **argv) {
    const struct options *o = opts;
    struct parity_reference r = {0};
    if (argc != 1)
        return err_set(ERR_ARG, "expected one MODEL");
    const struct tolerance *tolerance = o->class ? tolerance_find_any(o->class) : NULL;
    if (o->class && !tolerance)
        return err_set(ERR_ARG, "there is no class \"%s\"; there are F, S, D, f16, bf16, q8",
                       o->class);
    bool traced = strcmp(o->against, reference_name) != 0;
    if (traced && (o->tokens || o->prompt))
        return err_set(ERR_ARG, "a trace has its own tokens: --%s cannot stand beside --against %s",
                       o->tokens ? "tokens" : "prompt", o->against);
    int rc = traced ? from_trace(&r, o->against) : from_reference(&r, o, argv[0]);
    if (rc == 0)
        rc = compare(o, argv[0], tolerance, &r);
    parity_reference_done(&r);
    return rc;
}

const struct cmd cmd_parity = {
    .name = "parity",
    .args = "MODEL",
    .summary =
        "Compares a model with a reference over many tokens: logits when both are fed the "
        "reference's tokens, tokens when it is fed its own, and the cache with one full "
        "pass. Exit code 0: all the same; 1: something is not; 2: nothing could be compared.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
