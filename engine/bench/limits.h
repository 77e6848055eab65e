/* SPDX-License-Identifier: Apache-2.0 */
/* limits: what this machine can do at all: the rulers for everything else, told as samples. */
#pragma once

#include "engine/bench/gauge.h"
#include "engine/bench/sample.h"

struct limits {
    int threads;
    size_t memory_size, cache_size; /* bytes streamed; cache_size 0: the cache is unknown */
    struct sample memory, cache;    /* bytes read a second, all threads together */
    struct sample peak[PEAK_COUNT]; /* operations a second, all threads; empty when absent */
    struct sample barrier;          /* seconds */
};

/* repetitions looks at each limit, ≤ SAMPLE_MAX. 0 or ERR_NOMEM. */
int limits_measure(struct limits *out, struct pool *pool, const struct machine *machine,
                   const struct gauge_options *options, int repetitions);
/* The same with a gauge that is there. */
void limits_look(struct limits *out, struct pool *pool, struct gauge *g, int repetitions);
/* One object: threads, bandwidths in GB/s, peaks in Gop/s, the barrier in µs. */
void limits_put(struct json_writer *w, const char *key, const struct limits *l);
