/* SPDX-License-Identifier: Apache-2.0 */
/* bench limits: what this machine can do at all. */
#include <inttypes.h>
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "engine/base/pool.h"
#include "engine/bench/limits.h"
#include "engine/bench/numbers.h"

enum { OUTPUT_MAX = 1 << 20 };

struct options {
    const char *threads;
    int64_t mib, repetitions, milliseconds;
    bool json;
};
static const struct options defaults = {.repetitions = 5, .milliseconds = 20};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,  "threads",      't', FIELD(threads),      "LIST", 0, 0,
     "Thread counts, \"1,2,4\" (else 1, 2, 4 … and one per core)."                                    },
    {OPT_INT,  "mib",          0,   FIELD(mib),          "N",    0, 1 << 20,
     "Stream N MiB from memory (else several times the cache)."                                         },
    {OPT_INT,  "repetitions",  'r', FIELD(repetitions),  "N",    1, SAMPLE_MAX, "Measure N times (5)."  },
    {OPT_INT,  "milliseconds", 0,   FIELD(milliseconds), "N",    1, 10000,
     "Take at least so long for each repetition (20)."                                                  },
    {OPT_FLAG, "json",         'j', FIELD(json),         NULL,   0, 0,          "Print one JSON object."},
    OPT_END_ROW,
};

static void put_sample(struct buf *out, const char *name, const char *unit, const struct sample *s,
                       double scale) {
    if (s->len)
        buf_printf(out, "  %-18s %10.4g %-6s  %.4g to %.4g\n", name, sample_median(s) / scale, unit,
                   sample_low(s) / scale, sample_high(s) / scale);
    else
        buf_printf(out, "  %-18s %10s\n", name, "absent");
}

static void put_table(struct buf *out, const struct limits *l) {
    buf_printf(out, "%d %s\n", l->threads, l->threads == 1 ? "thread" : "threads");
    put_sample(out, "memory", "GB/s", &l->memory, 1e9);
    put_sample(out, "cache", "GB/s", &l->cache, 1e9);
    for (int kind = 0; kind < PEAK_COUNT; kind++)
        put_sample(out, peak_text((enum peak_kind)kind), "Gop/s", &l->peak[kind], 1e9);
    put_sample(out, "barrier", "µs", &l->barrier, 1e-6);
}

static int measure(struct limits *l, int threads, const struct machine *m,
                   const struct options *o) {
    const struct gauge_options options = {
        .memory_size = (size_t)o->mib << 20,
        .milliseconds = (int)o->milliseconds,
    };
    struct pool *pool = NULL;
    int rc = pool_new(&pool, threads);
    if (rc == 0)
        rc = limits_measure(l, pool, m, &options, (int)o->repetitions);
    pool_free(pool);
    return rc;
}

static int measure_all(struct buf *out, const struct machine *m, const struct numbers *threads,
                       const struct options *o) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    if (o->json) {
        json_open_object(&w, NULL);
        machine_put(&w, "machine", m);
        json_open_array(&w, "limits");
    }
    for (int i = 0; i < threads->len; i++) {
        struct limits l = {0};
        int rc = measure(&l, (int)threads->values[i], m, o);
        if (rc < 0)
            return rc;
        if (o->json)
            limits_put(&w, NULL, &l);
        else
            put_table(out, &l);
    }
    if (o->json) {
        json_close_array(&w);
        json_close_object(&w);
        buf_putc(out, '\n');
    }
    return buf_ok(out, "the limits");
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct machine m;
    struct numbers threads;
    struct buf out;
    if (argc > 0)
        return err_set(ERR_ARG, "unexpected argument \"%s\"", argv[0]);
    machine_init(&m);
    numbers_doubling(&threads, m.cores);
    int rc = o->threads ? numbers_parse(&threads, o->threads, 1, 1024, "threads") : 0;
    if (rc < 0)
        return rc;
    buf_init(&out, OUTPUT_MAX);
    rc = measure_all(&out, &m, &threads, o);
    if (rc == 0)
        (void)fputs(out.data, stdout);
    buf_done(&out);
    return rc;
}

const struct cmd cmd_bench_limits = {
    .name = "bench limits",
    .args = "",
    .summary = "Measures what this machine can do at all: bandwidth, arithmetic, barriers.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
