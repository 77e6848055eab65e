/* SPDX-License-Identifier: Apache-2.0 */
/* trace: what a model computes stage by stage, on the plan that production runs, as files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/ids.h"
#include "engine/base/opt.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/run/side.h"
#include "engine/run/tracing.h"
#include "engine/trace/commit.h"
#include "engine/trace/trace_file.h"

enum { STEPS_MAX = 4096, RUNS_MAX = 64, MIB = 1 << 20 };

struct options {
    struct side_options side;
    const char *id, *prompt, *tokens, *forced, *stages, *layers, *folder, *format;
    int64_t steps, threads, chunk, limit_mib;
    bool all_logits, unfused, no_special, nodes, weights, strict;
};
static const struct options defaults = {
    .stages = "all",
    .format = "trace",
    .side.backend = BACKEND_DEFAULT,
    .steps = 1,
    .limit_mib = 8192,
};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,   "prompt",     'p', FIELD(prompt),           "TEXT",           0, 0,         "The prompt (or --tokens)."             },
    {OPT_STR,   "tokens",     'i', FIELD(tokens),           "IDS",            0, 0,         "The prompt as token ids (\"1 2 3\")."  },
    {OPT_STR,   "case",       'c', FIELD(id),               "ID",             0, 0,
     "MODEL is a fixture: trace what this case runs, each run of a plan a step."                                                    },
    {OPT_STR,   "forced",     0,   FIELD(forced),           "IDS",            0, 0,
     "What follows the prompt, instead of the likeliest tokens."                                                                    },
    {OPT_STR,   "stages",     's', FIELD(stages),           "LIST",           0, 0,
     "Stages with commas between them, or all (all)."                                                                               },
    {OPT_STR,   "layers",     'l', FIELD(layers),           "A..B",           0, 0,
     "Layers A to B-1, or one (all); stages of the whole model are always in."                                                      },
    {OPT_INT,   "steps",      'n', FIELD(steps),            "N",              1, STEPS_MAX,
     "The prompt and N-1 tokens behind it (1)."                                                                                     },
    {OPT_STR,   "output",     'o', FIELD(folder),           "DIR",            0, 0,         "Where to; the folder is made."         },
    {OPT_STR,   "format",     0,   FIELD(format),           "FORMAT",         0, 0,
     "trace (safetensors), aprt (aprender's .bin) or npy (trace)."                                                                  },
    {OPT_FLAG,  "all-logits", 0,   FIELD(all_logits),       NULL,             0, 0,
     "Logits of every token of the prompt; production has the last one's."                                                          },
    {OPT_FLAG,  "unfused",    'u', FIELD(unfused),          NULL,             0, 0,
     "Another plan than production's: fused ops taken apart, their stages seen."                                                    },
    {OPT_FLAG,  "no-special", 0,   FIELD(no_special),       NULL,             0, 0,
     "Do not add special tokens to the prompt."                                                                                     },
    {OPT_FLAG,  "nodes",      0,   FIELD(nodes),            NULL,             0, 0,         "Also what each node of the plan wrote."},
    {OPT_FLAG,  "weights",    0,   FIELD(weights),          NULL,             0, 0,
     "Also the SHA-256 of each weight that was read."                                                                               },
    {OPT_STR,   "backend",    'b', FIELD(side.backend),     "NAME",           0, 0,
     "The backend to compute on (cpu-native)."                                                                                      },
    {OPT_STR,   "isa",        0,   FIELD(side.device.isa),  "NAME",           0, 0,         "The instruction set of cpu-native."    },
    {OPT_STR,   "dtype",      'd', FIELD(side.dtype),       "TYPE",           0, 0,
     "Store weights as f32, f16 or bf16 (else as in the file)."                                                                     },
    {OPT_STR,   "quant",      'q', FIELD(side.quant),       "TYPE",           0, 0,
     "Store matrices as q8_0, q4_0, q4_k or q6_k."                                                                                  },
    {OPT_GROUP, "device",     0,   FIELD(side),             side_device_opts, 0, 0,         NULL                                    },
    {OPT_FLAG,  "fast",       0,   FIELD(side.device.fast), NULL,             0, 0,
     "Round prompts to 16 bits, if weights have 16."                                                                                },
    {OPT_INT,   "threads",    't', FIELD(threads),          "N",              0, 1024,      "Threads; 0 is one per core."           },
    {OPT_INT,   "chunk",      0,   FIELD(chunk),            "N",              0, 1e9,
     "Compute N tokens of the prompt at once (512)."                                                                                },
    {OPT_FLAG,  "strict",     0,   FIELD(strict),           NULL,             0, 0,
     "Fail where the backend would fall back to the CPU reference."                                                                 },
    {OPT_INT,   "limit",      0,   FIELD(limit_mib),        "MIB",            1, 1e6,       "Refuse a trace of more MiB (8192)."    },
    OPT_END_ROW,
};

/* A model, and what runs on it. */
struct setup {
    struct side side;
    struct record_options record;
    enum trace_format format;
    int32_t *ids, *forced;
    int64_t len, forced_len;
};

static void setup_done(struct setup *s) {
    side_done(&s->side);
    free(s->ids);
    free(s->forced);
}

/* Before anything is loaded, so that a slip of the pen costs nothing. */
static int check_options(struct setup *s, const struct options *o) {
    int rc = record_parse_stages(s->record.stages, o->stages);
    s->record.end_layer = INT32_MAX;
    s->record.nodes = o->nodes;
    s->record.weights = o->weights;
    s->record.bytes_max = (size_t)o->limit_mib * MIB;
    if (rc == 0 && o->layers)
        rc = record_parse_layers(&s->record.first_layer, &s->record.end_layer, o->layers);
    if (rc == 0 && !trace_format_parse(&s->format, o->format))
        rc = err_set(ERR_ARG, "--format is trace, aprt or npy, not \"%s\"", o->format);
    if (rc == 0 && !o->folder)
        rc = err_set(ERR_ARG, "say where the trace goes: -o DIR");
    if (rc == 0 && (o->prompt != NULL) + (o->tokens != NULL) + (o->id != NULL) != 1)
        rc = err_set(ERR_ARG, "give one of --prompt, --tokens and --case");
    return rc;
}

static int open_model(struct setup *s, const struct options *o, const char *path) {
    struct side_options options = o->side;
    options.device.threads = (int)o->threads;
    return side_open(&s->side, path, &options);
}

static int read_ids(struct setup *s, const struct options *o) {
    s->len = o->tokens ? ids_parse(&s->ids, o->tokens)
                       : side_encode(&s->ids, s->side.model, o->prompt, strlen(o->prompt),
                                     !o->no_special);
    if (s->len >= 0 && o->forced)
        s->forced_len = ids_parse(&s->forced, o->forced);
    if (s->len < 0 || s->forced_len < 0)
        return s->len < 0 ? (int)s->len : (int)s->forced_len;
    if (s->forced_len > o->steps - 1)
        return err_set(ERR_ARG,
                       "--forced has %" PRId64 " ids, and --steps %" PRId64 " feeds %" PRId64
                       " behind the prompt",
                       s->forced_len, o->steps, o->steps - 1);
    return s->len > 0 ? 0 : err_set(ERR_ARG, "the prompt has no tokens");
}

static int check_layers(const struct setup *s) {
    int64_t layers = s->side.model->config.num_hidden_layers;
    if (s->record.first_layer < layers)
        return 0;
    return err_set(ERR_ARG, "--layers begins at %d, and the model's layers are 0 to %" PRId64,
                   s->record.first_layer, layers - 1);
}

static void report(const struct trace *t, const char *folder) {
    (void)printf("%s: %zu tensors of %zu steps, %.1f MiB\n", folder, t->item_count, t->step_count,
                 (double)t->bytes / MIB);
    for (size_t i = 0; i < t->absence_count; i++) {
        const struct trace_absence *a = &t->absences[i];
        if (a->step > 0 || strncmp(a->why, "swallowed", 9) != 0)
            continue;
        (void)printf("%s of layers %d..%d: %s\n", stage_name(a->stage), a->first_layer,
                     a->last_layer + 1, a->why);
    }
}

static int record_all(struct setup *s, const struct options *o, struct trace *t) {
    unsigned flags = (o->unfused ? PLAN_UNFUSED : 0) | (o->strict ? PLAN_STRICT : 0);
    const struct session_options options = {
        .capacity = s->len + o->steps, .chunk = o->chunk, .plan_flags = flags};
    const struct tracing what = {.ids = s->ids,
                                 .len = s->len,
                                 .steps = o->steps,
                                 .forced = s->forced,
                                 .forced_len = s->forced_len,
                                 .keep = o->all_logits ? KEEP_ALL : KEEP_LAST};
    struct record r;
    record_init(&r, t, &s->record);
    int rc = tracing_about(t, s->side.model, o->side.dtype, flags);
    if (rc == 0)
        rc = side_start(&s->side, &options);
    if (rc == 0)
        rc = tracing_run(s->side.session, &r, &what);
    if (rc == 0 && t->item_count == 0)
        rc = err_set(ERR_ARG, "no stage that was asked for is in this model's plan");
    t->about.prompt = o->prompt;
    return rc < 0 ? rc : trace_save(t, o->folder, s->format);
}

/* What a compatibility case runs, on its cell. */
static int record_case(struct setup *s, const struct options *o, const char *folder,
                       struct trace *t) {
    const struct check_options options = {.folder = folder,
                                          .backend = o->side.backend,
                                          .dtype = o->side.dtype ? o->side.dtype : "f32",
                                          .threads = o->threads,
                                          .strict = o->strict};
    struct check *k = NULL;
    struct check_outcome outcome;
    struct record r;
    size_t index = 0;
    s->record.runs = true;
    s->record.runs_max = RUNS_MAX;
    record_init(&r, t, &s->record);
    const struct plan_watch watch = record_watch(&r);
    int rc = check_open(&k, &options);
    if (rc == 0 && !fixture_find(check_fixture(k), o->id, &index))
        rc = err_set(ERR_ARG, "%s has no case \"%s\"", folder, o->id);
    if (rc == 0) {
        bench_watch(check_bench(k), &watch);
        rc = check_visit(k, index, NULL, NULL, &outcome);
    }
    t->about.source = "noctule-engine";
    t->about.commit = commit_text[0] ? commit_text : NULL;
    t->about.backend = o->side.backend;
    t->about.dtype = o->side.dtype;
    t->about.prompt = o->id;
    check_close(k);
    if (rc == 0 && t->step_count == 0)
        rc = err_set(ERR_ARG, "the case %s %s %s", o->id,
                     strcmp(outcome.status, "na") == 0 ? "does not run in" : "runs no plan in",
                     options.dtype);
    return rc < 0 ? rc : trace_save(t, o->folder, s->format);
}

static int run(const void *opts, int argc, char **argv) {
    const struct options *o = opts;
    struct setup s = {0};
    struct trace t;
    if (argc != 1)
        return err_set(ERR_ARG, "expected one MODEL");
    trace_init(&t);
    int rc = check_options(&s, o);
    if (rc == 0 && o->id)
        rc = record_case(&s, o, argv[0], &t);
    if (rc == 0 && !o->id)
        rc = open_model(&s, o, argv[0]);
    if (rc == 0 && !o->id)
        rc = check_layers(&s);
    if (rc == 0 && !o->id)
        rc = read_ids(&s, o);
    if (rc == 0 && !o->id)
        rc = record_all(&s, o, &t);
    if (rc == 0)
        report(&t, o->folder);
    trace_done(&t);
    setup_done(&s);
    return rc < 0 ? rc : EXIT_OK;
}

const struct cmd cmd_trace = {
    .name = "trace",
    .args = "MODEL -o DIR",
    .summary = "Runs a prompt as production runs it and writes what each stage computed: see "
               "docs/tracing.md. A stage inside a fused kernel is reported as swallowed.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
