/* SPDX-License-Identifier: Apache-2.0 */
/* bench ops: how long single ops take, beside what the machine could do. */
#include <stdio.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "engine/base/pool.h"
#include "engine/bench/limits.h"
#include "engine/bench/numbers.h"
#include "engine/bench/op_time.h"
#include "engine/bench/progress.h"

enum { OUTPUT_MAX = 16 << 20, THREADS_MAX = 1024, TOKENS_MAX = 1 << 20 };

struct options {
    const char *geometry, *op, *name, *threads, *tokens, *depth, *backend, *isa;
    struct opt_list dtypes;
    int64_t repetitions, milliseconds, mib;
    bool json, strict;
};
static const struct options defaults = {
    .geometry = "qwen2.5-0.5b",
    .tokens = "1,512",
    .depth = "2048",
    .backend = BACKEND_DEFAULT,
    .repetitions = 3,
    .milliseconds = 20,
};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,  "geometry",     'g', FIELD(geometry),     "NAME", 0, 0,
     "Shapes of qwen2.5-0.5b, qwen3-0.6b, qwen2-1.5b or gpt2-124m."                                                    },
    {OPT_STR,  "op",           0,   FIELD(op),           "OP",   0, 0,          "This op only: \"matmul\"."            },
    {OPT_STR,  "name",         0,   FIELD(name),         "NAME", 0, 0,          "This case only: \"gate\"."            },
    {OPT_LIST, "dtype",        0,   FIELD(dtypes),       "TYPE", 0, 0,
     "Weights of this type; may be repeated (else all)."                                                               },
    {OPT_STR,  "tokens",       'n', FIELD(tokens),       "LIST", 0, 0,          "Tokens of a step (1,512)."            },
    {OPT_STR,  "depth",        'd', FIELD(depth),        "LIST", 0, 0,          "Tokens in the cache before it (2048)."},
    {OPT_STR,  "threads",      't', FIELD(threads),      "LIST", 0, 0,
     "Thread counts, \"1,2,4\" (else one per core)."                                                                   },
    {OPT_STR,  "isa",          0,   FIELD(isa),          "NAME", 0, 0,
     "The instruction set of cpu-native (else NOCTULE_CPU, else the best)."                                            },
    {OPT_STR,  "backend",      'b', FIELD(backend),      "NAME", 0, 0,          "The backend to compute on (cpu)."     },
    {OPT_FLAG, "strict",       0,   FIELD(strict),       NULL,   0, 0,
     "Fail where the backend would fall back to the reference."                                                        },
    {OPT_INT,  "repetitions",  'r', FIELD(repetitions),  "N",    1, SAMPLE_MAX, "Measure N times (3)."                 },
    {OPT_INT,  "milliseconds", 0,   FIELD(milliseconds), "N",    1, 10000,
     "Take at least so long for each repetition (20)."                                                                 },
    {OPT_INT,  "mib",          0,   FIELD(mib),          "N",    0, 1 << 20,
     "Walk through N MiB (else several times the cache)."                                                              },
    {OPT_FLAG, "json",         'j', FIELD(json),         NULL,   0, 0,          "Print one JSON object."               },
    OPT_END_ROW,
};

static const enum dtype all_dtypes[] = {DTYPE_F32,  DTYPE_BF16, DTYPE_F16, DTYPE_Q8_0,
                                        DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};

struct bench {
    const struct options *o;
    struct machine machine;
    struct numbers threads, tokens, depths;
    enum dtype dtypes[DTYPE_COUNT];
    int dtype_count;
    const struct geometry *geometry;
    struct device *device; /* of the thread count being measured */
    struct gauge *gauge;
    struct progress progress;
    struct buf out;
    struct json_writer w;
    int count; /* cases measured */
};

static int parse_dtypes(struct bench *b) {
    for (size_t i = 0; i < b->o->dtypes.len; i++) {
        enum dtype d;
        const char *name = b->o->dtypes.items[i];
        if (!dtype_parse(&d, name) || !((DTYPES_STORAGE | DTYPES_BLOCK) & DTYPE_BIT(d)))
            return err_set(ERR_ARG, "weights cannot be stored as \"%s\"", name);
        if (b->dtype_count == DTYPE_COUNT)
            return err_set(ERR_ARG, "at most %d types", DTYPE_COUNT);
        b->dtypes[b->dtype_count++] = d;
    }
    if (b->dtype_count)
        return 0;
    b->dtype_count = sizeof(all_dtypes) / sizeof(*all_dtypes);
    memcpy(b->dtypes, all_dtypes, sizeof(all_dtypes));
    return 0;
}

static int parse(struct bench *b) {
    const struct options *o = b->o;
    enum op op;
    b->threads = (struct numbers){1, {b->machine.cores}};
    b->geometry = geometry_find(o->geometry);
    if (!b->geometry)
        return err_set(ERR_ARG, "there is no geometry \"%s\"", o->geometry);
    if (o->op && !op_parse(&op, o->op))
        return err_set(ERR_ARG, "there is no op \"%s\"", o->op);
    int rc = o->threads ? numbers_parse(&b->threads, o->threads, 1, THREADS_MAX, "threads") : 0;
    if (rc == 0)
        rc = numbers_parse(&b->tokens, o->tokens, 1, TOKENS_MAX, "tokens");
    if (rc == 0)
        rc = numbers_parse(&b->depths, o->depth, 0, TOKENS_MAX, "depth");
    return rc == 0 ? parse_dtypes(b) : rc;
}

static bool is_wanted(const struct bench *b, const struct op_case *c) {
    return (!b->o->op || strcmp(b->o->op, op_name(c->op)) == 0) &&
           (!b->o->name || strcmp(b->o->name, c->name) == 0);
}

static void put_json(struct bench *b, const struct op_case *c, const struct op_axes *a,
                     const struct op_time *t, const char *shape) {
    json_open_object(&b->w, NULL);
    json_put_str(&b->w, "op", op_name(c->op));
    json_put_str(&b->w, "name", c->name);
    json_put_str(&b->w, "dtype", dtype_name(a->dtype));
    json_put_str(&b->w, "shape", shape);
    json_put_int(&b->w, "threads", pool_threads(b->device->pool));
    json_put_int(&b->w, "tokens", a->tokens);
    json_put_int(&b->w, "depth", a->depth);
    json_put_str(&b->w, "kernel", t->kernel);
    json_put_str(&b->w, "route", plan_route_name(t->route));
    sample_put(&b->w, "us", &t->seconds, 1e-6);
    json_put_real(&b->w, "bytes", c->bytes);
    json_put_real(&b->w, "operations", c->operations);
    json_put_str(&b->w, "limit", t->limit);
    sample_put(&b->w, "fraction", &t->fraction, 1);
    json_close_object(&b->w);
}

static void put_row(struct bench *b, const struct op_case *c, const struct op_axes *a,
                    const struct op_time *t, const char *shape) {
    double seconds = sample_median(&t->seconds);
    buf_printf(&b->out, "| %s %s | %s | %s | %d | %s | %.4g | %.3g | %.4g | %s |", op_name(c->op),
               c->name, dtype_name(a->dtype), shape, pool_threads(b->device->pool), t->kernel,
               seconds * 1e6, c->bytes / seconds * 1e-9, c->operations / seconds * 1e-9,
               t->limit ? t->limit : "");
    buf_printf(&b->out, t->fraction.len ? " %.3f |\n" : "  |\n", sample_median(&t->fraction));
}

static int measure_case(struct bench *b, const struct op_axes *axes, int i) {
    const struct op_time_options options = {
        .footprint = (size_t)b->o->mib << 20,
        .repetitions = (int)b->o->repetitions,
        .milliseconds = (int)b->o->milliseconds,
        .strict = b->o->strict,
    };
    struct op_case c;
    struct op_time t;
    char shape[TENSOR_TEXT_SIZE];
    int rc = op_case_init(&c, axes, i);
    if (rc == ERR_UNSUPPORTED) /* there is no such case */
        return 0;
    if (rc != 0)
        return rc;
    if (!is_wanted(b, &c))
        return 0;
    progress_show(&b->progress, i, op_case_count(b->geometry), op_name(c.op));
    rc = op_time_measure(&t, &c, b->device, b->gauge, &b->machine, &options);
    if (rc != 0)
        return err_while(rc, "%s %s", op_name(c.op), dtype_name(axes->dtype));
    b->count++;
    op_case_text(&c, shape);
    if (b->o->json)
        put_json(b, &c, axes, &t, shape);
    else
        put_row(b, &c, axes, &t, shape);
    return 0;
}

static int measure_axes(struct bench *b, struct op_axes *axes) {
    int rc = 0;
    for (int d = 0; d < b->dtype_count && rc == 0; d++)
        for (int i = 0; i < op_case_count(b->geometry) && rc == 0; i++) {
            axes->dtype = b->dtypes[d];
            rc = measure_case(b, axes, i);
        }
    return rc;
}

static int measure_threads(struct bench *b, int threads) {
    const struct gauge_options gauge = {
        .memory_size = (size_t)b->o->mib << 20,
        .milliseconds = (int)b->o->milliseconds,
    };
    const struct device_options device = {.threads = threads, .isa = b->o->isa};
    int rc = device_open(&b->device, b->o->backend, &device);
    if (rc == 0)
        rc = gauge_new(&b->gauge, b->device->pool, &b->machine, &gauge);
    for (int n = 0; n < b->tokens.len && rc == 0; n++)
        for (int d = 0; d < b->depths.len && rc == 0; d++) {
            struct op_axes axes = {
                .geometry = b->geometry,
                .tokens = b->tokens.values[n],
                .depth = b->depths.values[d],
            };
            rc = measure_axes(b, &axes);
        }
    gauge_free(b->gauge);
    device_close(b->device);
    b->gauge = NULL;
    b->device = NULL;
    return rc;
}

static int measure(struct bench *b) {
    int rc = 0;
    if (b->o->json) {
        json_open_object(&b->w, NULL);
        json_put_str(&b->w, "geometry", b->geometry->name);
        machine_put(&b->w, "machine", &b->machine);
        json_open_array(&b->w, "ops");
    } else {
        buf_puts(&b->out, "| op | weights | shape | threads | kernel | µs | GB/s | Gop/s | limit | "
                          "fraction |\n|:--|:--|:--|--:|:--|--:|--:|--:|:--|--:|\n");
    }
    for (int i = 0; i < b->threads.len && rc == 0; i++)
        rc = measure_threads(b, (int)b->threads.values[i]);
    progress_done(&b->progress);
    if (rc == 0 && b->count == 0)
        rc = err_set(ERR_ARG, "no case of %s is like that", b->geometry->name);
    if (rc != 0)
        return rc;
    if (b->o->json) {
        json_close_array(&b->w);
        json_close_object(&b->w);
        buf_putc(&b->out, '\n');
    }
    return buf_ok(&b->out, "the table");
}

static int run(const void *options, int argc, char **argv) {
    struct bench b = {.o = options};
    if (argc > 0)
        return err_set(ERR_ARG, "unexpected argument \"%s\"", argv[0]);
    machine_init(&b.machine);
    progress_init(&b.progress);
    buf_init(&b.out, OUTPUT_MAX);
    json_writer_init(&b.w, &b.out, 0);
    int rc = parse(&b);
    if (rc == 0)
        rc = measure(&b);
    if (rc == 0)
        (void)fputs(b.out.data, stdout);
    buf_done(&b.out);
    return rc;
}

const struct cmd cmd_bench_ops = {
    .name = "bench ops",
    .args = "",
    .summary = "Times each op, dtype and shape of a geometry against the machine's limits.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
