/* SPDX-License-Identifier: Apache-2.0 */
/* gauge: one look at a limit of the machine, milliseconds long, whenever somebody asks.
 *
 * What a machine can do changes while one measures: neighbours share its memory and its caches,
 * clocks drift. So a look is taken next to what is compared with it, each time. */
#pragma once

#include <stddef.h>

#include "engine/bench/machine.h"
#include "engine/bench/peak.h"

struct gauge;
struct pool;

struct gauge_options {
    size_t memory_size; /* bytes to stream from memory; 0 = four times the last cache, at least
                           512 MiB, at most a quarter of the memory */
    int milliseconds;   /* of each look, at least; 0 = 20 */
};

/* Allocates what is streamed, and finds how to: takes some tenths of a second. All threads of the
 * pool, which is borrowed, take part in every look. options may be NULL. 0 or ERR_NOMEM. */
int gauge_new(struct gauge **out, struct pool *pool, const struct machine *machine,
              const struct gauge_options *options);
void gauge_free(struct gauge *g); /* NULL is fine */

size_t gauge_memory_size(const struct gauge *g); /* bytes streamed */
size_t gauge_cache_size(const struct gauge *g);  /* 0: the machine does not say what it has */

/* Bytes read a second, from memory or from the last cache. */
double gauge_memory(struct gauge *g);
double gauge_cache(struct gauge *g); /* 0 without a cache */
/* At which size bytes can be read again and again: the cache's bandwidth when they fit into three
 * quarters of it, else the memory's. *name says which: "cache" or "memory". */
double gauge_bandwidth(struct gauge *g, double size, const char **name);
/* Operations a second of one kind of arithmetic; 0 when the processor lacks it. */
double gauge_peak(struct gauge *g, enum peak_kind kind);
/* Seconds of a pool_rows() with nothing to do. */
double gauge_barrier(struct gauge *g);
