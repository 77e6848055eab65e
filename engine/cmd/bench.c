/* SPDX-License-Identifier: Apache-2.0 */
/* bench: how fast a model is here, beside what the machine could do. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "engine/bench/progress.h"
#include "engine/bench/speed_report.h"
#include "engine/nn/kv.h"
#include "engine/nn/weights_options.h"
#include "engine/run/side.h"

enum { OUTPUT_MAX = 16 << 20, THREADS_MAX = 1024, TOKENS_MAX = 1 << 24 };

struct options {
    struct side_options side;
    const char *threads, *prompts, *tokens, *depths, *kv;
    int64_t repetitions, chunk, mib;
    bool json, no_limits, strict;
};
static const struct options defaults = {
    .prompts = "512",
    .tokens = "64",
    .depths = "0",
    .side.backend = BACKEND_DEFAULT,
    .repetitions = 5,
};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,   "threads",         't', FIELD(threads),              "LIST",            0, 0,
     "Thread counts, \"1,2,4\" (else one per core)."                                                                                                    },
    {OPT_FLAG,  "pin",             0,   FIELD(side.device.pin),      NULL,              0, 0,
     "Bind each thread to a core of its own."                                                                                                           },
    {OPT_STR,   "prompts",         'p', FIELD(prompts),              "LIST",            0, 0,
     "Lengths of prompts to compute at once (512); 0 is none."                                                                                          },
    {OPT_STR,   "tokens",          'n', FIELD(tokens),               "LIST",            0, 0,
     "How many tokens to compute one by one (64); 0 is none."                                                                                           },
    {OPT_STR,   "depth",           'd', FIELD(depths),               "LIST",            0, 0,          "Tokens in the cache before either (0)."         },
    {OPT_INT,   "repetitions",     'r', FIELD(repetitions),          "N",               1, SAMPLE_MAX,
     "Measure N times (5), after one round to warm up."                                                                                                 },
    {OPT_STR,   "dtype",           0,   FIELD(side.dtype),           "TYPE",            0, 0,
     "Store weights as f32, f16 or bf16 (else as in the file)."                                                                                         },
    {OPT_GROUP, "storage",         0,   FIELD(side),                 side_storage_opts, 0, 0,          NULL                                             },
    {OPT_STR,   "quant-embedding", 0,   FIELD(side.quant_embedding), "TYPE",            0, 0,
     "Store the embedding as another such type, or keep it."                                                                                            },
    {OPT_STR,   "kv",              0,   FIELD(kv),                   "TYPE",            0, 0,          "Keep keys and values as f32, f16 or q8_0 (f32)."},
    {OPT_GROUP, "device",          0,   FIELD(side),                 side_device_opts,  0, 0,          NULL                                             },
    {OPT_FLAG,  "strict",          0,   FIELD(strict),               NULL,              0, 0,
     "Fail where the backend would fall back to the reference."                                                                                         },
    {OPT_INT,   "chunk",           0,   FIELD(chunk),                "N",               0, 1e9,        "Compute N tokens of a prompt at once (512)."    },
    {OPT_INT,   "mib",             0,   FIELD(mib),                  "N",               0, 1 << 20,
     "Stream N MiB to measure bandwidth (else several times the cache)."                                                                                },
    {OPT_FLAG,  "no-limits",       0,   FIELD(no_limits),            NULL,              0, 0,
     "Do not measure the machine's limits: no fractions."                                                                                               },
    {OPT_FLAG,  "json",            'j', FIELD(json),                 NULL,              0, 0,          "Print one JSON object."                         },
    OPT_END_ROW,
};

struct bench {
    const struct options *o;
    const char *path;
    struct numbers threads;
    struct speed_options speed;
    struct speed *parts; /* [threads.len] */
    struct progress progress;
};

static int parse(struct bench *b) {
    const struct options *o = b->o;
    struct speed_options *s = &b->speed;
    b->threads = (struct numbers){1, {s->machine.cores}};
    int rc = o->threads ? numbers_parse(&b->threads, o->threads, 1, THREADS_MAX, "threads") : 0;
    if (rc == 0)
        rc = numbers_parse(&s->prompts, o->prompts, 0, TOKENS_MAX, "prompts");
    if (rc == 0)
        rc = numbers_parse(&s->tokens, o->tokens, 0, TOKENS_MAX, "tokens");
    if (rc == 0)
        rc = numbers_parse(&s->depths, o->depths, 0, TOKENS_MAX, "depth");
    if (rc != 0)
        return rc;
    rc = kv_parse(&s->kv, o->kv);
    if (rc == 0)
        rc = weights_options_parse(&s->model.weights, o->side.dtype, o->side.quant,
                                   o->side.quant_embedding);
    if (rc != 0)
        return rc;
    s->backend = o->side.backend;
    s->device = o->side.device;
    s->repetitions = (int)o->repetitions;
    s->chunk = o->chunk;
    s->strict = o->strict;
    s->no_limits = o->no_limits;
    s->gauge.memory_size = (size_t)o->mib << 20;
    return 0;
}

static void show(void *arg, int done, int all) {
    struct bench *b = arg;
    char label[48];
    (void)snprintf(label, sizeof(label), "on %d %s", b->speed.device.threads,
                   b->speed.device.threads == 1 ? "thread" : "threads");
    progress_show(&b->progress, done, all, label);
}

static int measure(struct bench *b) {
    int rc = 0;
    b->speed.progress = show;
    b->speed.progress_arg = b;
    for (int i = 0; i < b->threads.len && rc == 0; i++) {
        b->speed.device.threads = (int)b->threads.values[i];
        rc = speed_measure(&b->parts[i], b->path, &b->speed);
    }
    progress_done(&b->progress);
    return rc;
}

static struct speed_report report_of(const struct bench *b, int i) {
    return (struct speed_report){
        .model = file_base_name(b->path),
        .speed = &b->parts[i],
    };
}

static void put_table(struct buf *out, const struct bench *b) {
    speed_report_head(out);
    for (int i = 0; i < b->threads.len; i++) {
        struct speed_report r = report_of(b, i);
        speed_report_rows(out, &r);
    }
    for (int i = 0; i < b->threads.len; i++) {
        struct speed_report r = report_of(b, i);
        speed_report_foot(out, &r);
    }
}

static void put_json(struct buf *out, const struct bench *b) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "model", b->path);
    machine_put(&w, "machine", &b->speed.machine);
    json_put_int(&w, "repetitions", b->o->repetitions);
    json_open_array(&w, "runs");
    for (int i = 0; i < b->threads.len; i++) {
        struct speed_report r = report_of(b, i);
        speed_report_put(&w, NULL, &r);
    }
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}

static int print(const struct bench *b) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (b->o->json)
        put_json(&out, b);
    else
        put_table(&out, b);
    int rc = buf_ok(&out, "the report");
    if (rc == 0)
        (void)fputs(out.data, stdout);
    buf_done(&out);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    struct bench b = {.o = options};
    if (argc != 1)
        return err_set(ERR_ARG, "expected MODEL, one");
    b.path = argv[0];
    machine_init(&b.speed.machine);
    progress_init(&b.progress);
    int rc = parse(&b);
    if (rc < 0)
        return rc;
    b.parts = xcalloc((size_t)b.threads.len, sizeof(*b.parts));
    rc = measure(&b);
    if (rc == 0)
        rc = print(&b);
    free(b.parts);
    return rc;
}

const struct cmd cmd_bench = {
    .name = "bench",
    .args = "MODEL",
    .summary = "Measures how fast a model computes prompts and single tokens.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
