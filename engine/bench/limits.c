/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/bench/stream.h"

enum {
    REPETITIONS = 5,
    MILLISECONDS = 20,
    ALIGNMENT = 2 << 20, /* of a huge page */
    CACHE_LINE = 64,
    BARRIERS = 16,  /* between two looks at the clock */
    OPERAND = 0x3c, /* as a byte 60, as fp16 1.06, as bf16 and f32 0.011: ordinary numbers */
};
static const size_t MEMORY_LEAST = (size_t)512 << 20;

/* One measurement that can be repeated: does its work `times` times with all threads. */
typedef void work_fn(void *arg, int64_t times);

struct walk_job {
    struct pool *pool;
    const char *data;
    size_t size; /* of all threads' shares together */
    int64_t times;
    const struct stream_walk *walk;
    uint64_t *sums; /* [threads] */
};

struct peak_job {
    struct pool *pool;
    const struct peak_unit *unit;
    int64_t rounds;
    char *sums; /* [threads][PEAK_SUMS_SIZE], aligned */
};

static size_t share_of(const struct walk_job *job) {
    size_t share = job->size / (size_t)pool_threads(job->pool);
    return share / ((size_t)STREAM_STEP * STREAM_STREAMS_MAX) * STREAM_STEP * STREAM_STREAMS_MAX;
}

static void walk_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct walk_job *job = arg;
    size_t share = share_of(job);
    (void)worker;
    for (int64_t row = begin; row < end; row++)
        for (int64_t i = 0; i < job->times; i++)
            job->sums[row] += stream_read(job->data + (size_t)row * share, share, job->walk);
}

static void walk_times(void *arg, int64_t times) {
    struct walk_job *job = arg;
    job->times = times;
    pool_rows(job->pool, pool_threads(job->pool), walk_rows, job);
}

static void peak_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct peak_job *job = arg;
    _Alignas(CACHE_LINE) unsigned char operand[PEAK_OPERAND_SIZE];
    (void)worker;
    memset(operand, OPERAND, sizeof(operand));
    for (int64_t row = begin; row < end; row++)
        job->unit->run(job->rounds, operand, job->sums + row * PEAK_SUMS_SIZE);
}

static void peak_times(void *arg, int64_t times) {
    struct peak_job *job = arg;
    job->rounds = times;
    pool_rows(job->pool, pool_threads(job->pool), peak_rows, job);
}

static void nothing(void *arg, int64_t begin, int64_t end, int worker) {
    (void)arg, (void)begin, (void)end, (void)worker;
}

static void barrier_times(void *arg, int64_t times) {
    for (int64_t i = 0; i < times * BARRIERS; i++)
        pool_rows(arg, pool_threads(arg), nothing, NULL);
}

static double seconds_of(work_fn *fn, void *arg, int64_t times) {
    int64_t begin = clock_mono_ns();
    fn(arg, times);
    return (double)(clock_mono_ns() - begin) * 1e-9;
}

/* How often to work so that a repetition is long enough; warms up on the way. The better of two:
 * one may have been interrupted. */
static int64_t calibrate(work_fn *fn, void *arg, double seconds) {
    int64_t times = 1;
    for (;;) {
        double took = seconds_of(fn, arg, times), again = seconds_of(fn, arg, times);
        took = again < took ? again : took;
        if (took >= seconds / 2)
            return took >= seconds ? times : times * 2;
        times *= took > seconds / 64 ? 2 : 16;
    }
}

/* Fills out with amount / seconds of each repetition, amount being that of one time. */
static void measure(struct sample *out, const struct limits_options *o, work_fn *fn, void *arg,
                    double amount) {
    int64_t times = calibrate(fn, arg, o->milliseconds * 1e-3);
    out->len = 0;
    for (int i = 0; i < o->repetitions; i++)
        sample_add(out, amount * (double)times / seconds_of(fn, arg, times));
}

/* Of all walks the fastest: a limit is what can be reached. */
static void measure_reading(struct sample *out, const struct limits_options *o, struct pool *pool,
                            const char *data, size_t size) {
    struct walk_job job = {.pool = pool, .data = data, .size = size};
    job.sums = xcalloc((size_t)pool_threads(pool), sizeof(*job.sums));
    for (const struct stream_walk *w = stream_walks; w->streams; w++) {
        struct sample one;
        job.walk = w;
        measure(&one, o, walk_times, &job, (double)share_of(&job) * (double)pool_threads(pool));
        if (w == stream_walks || sample_median(&one) > sample_median(out))
            *out = one;
    }
    free(job.sums);
}

/* Touched by the threads that will read it, so that it lies near them. */
static void touch_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct walk_job *job = arg;
    size_t share = share_of(job);
    (void)worker;
    memset((char *)(uintptr_t)job->data + (size_t)begin * share, 1, (size_t)(end - begin) * share);
}

static int measure_bandwidth(struct limits *l, const struct limits_options *o, struct pool *pool) {
    char *data = aligned_alloc(ALIGNMENT, l->memory_size);
    if (!data)
        return err_set(ERR_NOMEM, "cannot allocate %zu bytes to stream", l->memory_size);
    (void)madvise(data, l->memory_size, MADV_HUGEPAGE); /* where it cannot, small pages do */
    struct walk_job job = {.pool = pool, .data = data, .size = l->memory_size};
    pool_rows(pool, pool_threads(pool), touch_rows, &job);
    measure_reading(&l->memory, o, pool, data, l->memory_size);
    if (l->cache_size)
        measure_reading(&l->cache, o, pool, data, l->cache_size);
    free(data);
    return 0;
}

static void measure_peaks(struct limits *l, const struct limits_options *o, struct pool *pool) {
    size_t size = (size_t)pool_threads(pool) * PEAK_SUMS_SIZE;
    struct peak_job job = {.pool = pool};
    job.sums = aligned_alloc(CACHE_LINE, size);
    if (!job.sums)
        err_out_of_memory(size);
    for (size_t i = 0; i < size; i++)
        job.sums[i] = (char)(i % 59); /* small numbers, whatever they are read as */
    for (int kind = 0; kind < PEAK_COUNT; kind++) {
        job.unit = peak_find((enum peak_kind)kind);
        if (job.unit)
            measure(&l->peak[kind], o, peak_times, &job, job.unit->operations * l->threads);
    }
    free(job.sums);
}

static size_t default_memory(const struct machine *m) {
    size_t size = m->cache_size * 4 < MEMORY_LEAST ? MEMORY_LEAST : m->cache_size * 4;
    return m->memory_size && size > m->memory_size / 4 ? m->memory_size / 4 : size;
}

int limits_measure(struct limits *out, struct pool *pool, const struct machine *machine,
                   const struct limits_options *options) {
    struct limits_options o = options ? *options : (struct limits_options){0};
    size_t size = o.memory_size ? o.memory_size : default_memory(machine);
    o.repetitions = o.repetitions ? o.repetitions : REPETITIONS;
    o.milliseconds = o.milliseconds ? o.milliseconds : MILLISECONDS;
    memset(out, 0, sizeof(*out));
    out->threads = pool_threads(pool);
    out->memory_size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    /* Half of it: the other half is somebody else's. */
    out->cache_size = machine->cache_size / 2 < out->memory_size ? machine->cache_size / 2 : 0;
    int rc = measure_bandwidth(out, &o, pool);
    if (rc < 0)
        return rc;
    if (!o.no_peaks)
        measure_peaks(out, &o, pool);
    struct sample rate;
    measure(&rate, &o, barrier_times, pool, BARRIERS);
    for (int i = 0; i < rate.len; i++)
        sample_add(&out->barrier, 1 / rate.values[i]);
    return 0;
}

double limits_bandwidth(const struct limits *l, const struct machine *machine, double size,
                        const char **name) {
    bool cached = l->cache.len && size <= 0.75 * (double)machine->cache_size;
    if (name)
        *name = cached ? "cache" : "memory";
    return sample_median(cached ? &l->cache : &l->memory);
}

double limits_peak(const struct limits *l, enum peak_kind kind) {
    return sample_median(&l->peak[kind]);
}

void limits_put(struct json_writer *w, const char *key, const struct limits *l) {
    json_open_object(w, key);
    json_put_int(w, "threads", l->threads);
    json_put_int(w, "memory_bytes", (int64_t)l->memory_size);
    json_put_int(w, "cache_bytes", (int64_t)l->cache_size);
    sample_put(w, "memory_gb_s", &l->memory, 1e9);
    sample_put(w, "cache_gb_s", &l->cache, 1e9);
    json_open_object(w, "gop_s");
    for (int kind = 0; kind < PEAK_COUNT; kind++)
        sample_put(w, peak_name((enum peak_kind)kind), &l->peak[kind], 1e9);
    json_close_object(w);
    sample_put(w, "barrier_us", &l->barrier, 1e-6);
    json_close_object(w);
}
