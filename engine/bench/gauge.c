/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/gauge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/bench/stream.h"

enum {
    MILLISECONDS = 20,
    ALIGNMENT = 2 << 20, /* of a huge page */
    CACHE_LINE = 64,
    BARRIERS = 16,  /* between two looks at the clock */
    WALK_LOOKS = 3, /* at each way of walking a buffer */
    OPERAND = 0x3c, /* as a byte 60, as fp16 1.06, as bf16 and f32 0.011: ordinary numbers */
};
static const size_t MEMORY_LEAST = (size_t)512 << 20;

/* Work that can be repeated: a look does it often enough to take its time. */
struct work {
    void (*fn)(struct gauge *g, const struct work *w);
    double amount; /* of one time: bytes, operations, calls */
    int64_t times; /* of one look; 0 = not found out yet */
    size_t size;   /* of a buffer */
    const struct stream_walk *walk;
    const struct peak_unit *unit;
};

struct gauge {
    struct pool *pool;
    size_t cache_limit; /* bytes of the whole cache */
    double seconds;     /* of a look, at least */
    char *data;         /* [memory.size] */
    uint64_t *read;     /* [threads] what the readers found: keeps the compiler honest */
    char *sums;         /* [threads][PEAK_SUMS_SIZE], aligned */
    struct work memory, cache, barrier, peaks[PEAK_COUNT];
};

/* What workers are told. */
struct order {
    struct gauge *gauge;
    const struct work *work;
};

static size_t share_of(const struct gauge *g, size_t size) {
    const size_t grain = (size_t)STREAM_STEP * STREAM_STREAMS_MAX;
    return size / (size_t)pool_threads(g->pool) / grain * grain;
}

static void read_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct order *o = arg;
    size_t share = share_of(o->gauge, o->work->size);
    (void)worker;
    for (int64_t row = begin; row < end; row++)
        for (int64_t i = 0; i < o->work->times; i++)
            o->gauge->read[row] +=
                stream_read(o->gauge->data + (size_t)row * share, share, o->work->walk);
}

static void peak_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct order *o = arg;
    _Alignas(CACHE_LINE) unsigned char operand[PEAK_OPERAND_SIZE];
    (void)worker;
    memset(operand, OPERAND, sizeof(operand));
    for (int64_t row = begin; row < end; row++)
        o->work->unit->run(o->work->times, operand, o->gauge->sums + row * PEAK_SUMS_SIZE);
}

static void no_rows(void *arg, int64_t begin, int64_t end, int worker) {
    (void)arg, (void)begin, (void)end, (void)worker;
}

static void do_reading(struct gauge *g, const struct work *w) {
    pool_rows(g->pool, pool_threads(g->pool), read_rows, &(struct order){g, w});
}

static void do_arithmetic(struct gauge *g, const struct work *w) {
    pool_rows(g->pool, pool_threads(g->pool), peak_rows, &(struct order){g, w});
}

static void do_nothing(struct gauge *g, const struct work *w) {
    for (int64_t i = 0; i < w->times * BARRIERS; i++)
        pool_rows(g->pool, pool_threads(g->pool), no_rows, NULL);
}

static double seconds_of(struct gauge *g, const struct work *w) {
    int64_t begin = clock_mono_ns();
    w->fn(g, w);
    return (double)(clock_mono_ns() - begin) * 1e-9;
}

/* How often to work so that a look is long enough; warms up on the way. The better of two: one may
 * have been interrupted. */
static void calibrate(struct gauge *g, struct work *w) {
    for (w->times = 1;;) {
        double took = seconds_of(g, w), again = seconds_of(g, w);
        took = again < took ? again : took;
        if (took >= g->seconds / 2) {
            w->times *= took >= g->seconds ? 1 : 2;
            return;
        }
        w->times *= took > g->seconds / 64 ? 2 : 16;
    }
}

/* Amount a second. */
static double look(struct gauge *g, struct work *w) {
    if (!w->times)
        calibrate(g, w);
    return w->amount * (double)w->times / seconds_of(g, w);
}

/* Of all walks the fastest: a limit is what can be reached. */
static void find_walk(struct gauge *g, struct work *w, size_t size) {
    double best = 0;
    *w = (struct work){.fn = do_reading, .size = size};
    w->amount = (double)share_of(g, size) * pool_threads(g->pool);
    struct work one = *w;
    for (one.walk = stream_walks; one.walk->streams; one.walk++) {
        for (int i = 0; i < WALK_LOOKS; i++) {
            double rate = look(g, &one);
            if (rate <= best)
                continue;
            best = rate;
            *w = one;
        }
    }
}

/* Touched by the threads that will read it, so that it lies near them. */
static void touch_rows(void *arg, int64_t begin, int64_t end, int worker) {
    const struct order *o = arg;
    size_t share = share_of(o->gauge, o->work->size);
    (void)worker;
    memset(o->gauge->data + (size_t)begin * share, 1, (size_t)(end - begin) * share);
}

static int allocate(struct gauge *g, size_t size) {
    size_t threads = (size_t)pool_threads(g->pool), sums = threads * PEAK_SUMS_SIZE;
    const struct work all = {.size = size};
    g->read = xcalloc(threads, sizeof(*g->read));
    g->sums = aligned_alloc(CACHE_LINE, sums);
    g->data = aligned_alloc(ALIGNMENT, size);
    if (!g->sums || !g->data)
        return err_set(ERR_NOMEM, "cannot allocate %zu bytes to stream", size);
    for (size_t i = 0; i < sums; i++)
        g->sums[i] = (char)(i % 59);             /* small numbers, whatever they are read as */
    (void)madvise(g->data, size, MADV_HUGEPAGE); /* where it cannot, small pages do */
    pool_rows(g->pool, pool_threads(g->pool), touch_rows, &(struct order){g, &all});
    return 0;
}

static size_t default_memory(const struct machine *m) {
    size_t size = m->cache_size * 4 < MEMORY_LEAST ? MEMORY_LEAST : m->cache_size * 4;
    return m->memory_size && size > m->memory_size / 4 ? m->memory_size / 4 : size;
}

int gauge_new(struct gauge **out, struct pool *pool, const struct machine *machine,
              const struct gauge_options *options) {
    struct gauge_options o = options ? *options : (struct gauge_options){0};
    size_t size = o.memory_size ? o.memory_size : default_memory(machine);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct gauge *g = xcalloc(1, sizeof(*g));
    g->pool = pool;
    g->cache_limit = machine->cache_size;
    g->seconds = (o.milliseconds ? o.milliseconds : MILLISECONDS) * 1e-3;
    int rc = allocate(g, size);
    if (rc < 0) {
        gauge_free(g);
        return rc;
    }
    find_walk(g, &g->memory, size);
    if (g->cache_limit / 2 && g->cache_limit / 2 < size) /* the other half is somebody else's */
        find_walk(g, &g->cache, g->cache_limit / 2);
    g->barrier = (struct work){.fn = do_nothing, .amount = BARRIERS};
    *out = g;
    return 0;
}

void gauge_free(struct gauge *g) {
    if (!g)
        return;
    free(g->data);
    free(g->sums);
    free(g->read);
    free(g);
}

size_t gauge_memory_size(const struct gauge *g) {
    return g->memory.size;
}

size_t gauge_cache_size(const struct gauge *g) {
    return g->cache.size;
}

double gauge_memory(struct gauge *g) {
    return look(g, &g->memory);
}

double gauge_cache(struct gauge *g) {
    return g->cache.size ? look(g, &g->cache) : 0;
}

double gauge_bandwidth(struct gauge *g, double size, const char **name) {
    bool cached = g->cache.size && size <= 0.75 * (double)g->cache_limit;
    *name = cached ? "cache" : "memory";
    return cached ? gauge_cache(g) : gauge_memory(g);
}

double gauge_peak(struct gauge *g, enum peak_kind kind) {
    struct work *w = &g->peaks[kind];
    const struct peak_unit *unit = peak_find(kind);
    if (!unit)
        return 0;
    if (!w->fn)
        *w = (struct work){
            .fn = do_arithmetic,
            .amount = unit->operations * pool_threads(g->pool),
            .unit = unit,
        };
    return look(g, w);
}

double gauge_barrier(struct gauge *g) {
    return 1 / look(g, &g->barrier);
}
