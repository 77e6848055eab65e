/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/limits.h"

#include <string.h>

#include "engine/base/pool.h"

void limits_look(struct limits *out, struct pool *pool, struct gauge *g, int repetitions) {
    memset(out, 0, sizeof(*out));
    out->threads = pool_threads(pool);
    out->memory_size = gauge_memory_size(g);
    out->cache_size = gauge_cache_size(g);
    for (int i = 0; i < repetitions; i++) {
        sample_add(&out->memory, gauge_memory(g));
        if (out->cache_size)
            sample_add(&out->cache, gauge_cache(g));
        for (int kind = 0; kind < PEAK_COUNT; kind++)
            if (peak_find((enum peak_kind)kind))
                sample_add(&out->peak[kind], gauge_peak(g, (enum peak_kind)kind));
        sample_add(&out->barrier, gauge_barrier(g));
    }
}

int limits_measure(struct limits *out, struct pool *pool, const struct machine *machine,
                   const struct gauge_options *options, int repetitions) {
    struct gauge *g = NULL;
    int rc = gauge_new(&g, pool, machine, options);
    if (rc == 0)
        limits_look(out, pool, g, repetitions);
    gauge_free(g);
    return rc;
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
