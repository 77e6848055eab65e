/* SPDX-License-Identifier: Apache-2.0 */
/* limits: what this machine can do at all, measured: the rulers for everything else.
 *
 * Clocks drift and neighbours come and go, so limits are measured in the run that is compared
 * with them, never taken from another. */
#pragma once

#include <stddef.h>

#include "engine/bench/machine.h"
#include "engine/bench/peak.h"
#include "engine/bench/sample.h"

struct pool;

struct limits_options {
    size_t memory_size; /* bytes to stream from memory; 0 = four times the last cache, at least
                           512 MiB, at most a quarter of the memory */
    int repetitions;    /* of each measurement, ≤ SAMPLE_MAX; 0 = 5 */
    int milliseconds;   /* of each repetition, at least; 0 = 20 */
    bool no_peaks;      /* bandwidth alone */
};

struct limits {
    int threads;
    size_t memory_size, cache_size; /* bytes streamed; cache_size 0: its size is unknown */
    struct sample memory, cache;    /* bytes read a second, all threads together */
    struct sample peak[PEAK_COUNT]; /* operations a second, all threads; empty when absent */
    struct sample barrier;          /* seconds of a pool_rows() with nothing to do */
};

/* With all threads of the pool. options may be NULL. 0 or ERR_NOMEM. */
int limits_measure(struct limits *out, struct pool *pool, const struct machine *machine,
                   const struct limits_options *options);
/* Bytes a second at which size bytes can be read again and again: the cache's bandwidth when they
 * fit into three quarters of it, else the memory's. *name (may be NULL) says which. */
double limits_bandwidth(const struct limits *l, const struct machine *machine, double size,
                        const char **name);
/* Operations a second of one kind of arithmetic, or 0 when the processor lacks it. */
double limits_peak(const struct limits *l, enum peak_kind kind);
/* One object: threads, bandwidths in GB/s, peaks in Gop/s, the barrier in µs. */
void limits_put(struct json_writer *w, const char *key, const struct limits *l);
