/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/stream.h"

#include <string.h>

typedef uint64_t wide __attribute__((vector_size(64)));

const struct stream_walk stream_walks[] = {
    {1, 0   },
    {4, 0   },
    {1, 4096},
    {4, 4096},
    {0, 0   },
};

/* Inlined into one function per instruction set, whose registers the compiler then uses. */
static inline __attribute__((always_inline)) uint64_t walk_all(const char *data, size_t size,
                                                               const struct stream_walk *walk) {
    size_t part = size / (size_t)walk->streams / STREAM_STEP * STREAM_STEP;
    size_t ahead = (size_t)walk->ahead;
    wide sums[STREAM_STEP / 64] = {{0}};
    for (size_t at = 0; at < part; at += STREAM_STEP) {
        for (int s = 0; s < walk->streams; s++) {
            const char *p = data + (size_t)s * part + at;
            for (size_t i = 0; i < STREAM_STEP / 64; i++) {
                wide v;
                memcpy(&v, p + i * 64, sizeof(v));
                sums[i] ^= v;
                if (ahead)
                    __builtin_prefetch(p + i * 64 + ahead);
            }
        }
    }
    wide all = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
    return all[0] ^ all[1] ^ all[2] ^ all[3] ^ all[4] ^ all[5] ^ all[6] ^ all[7];
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static uint64_t walk_avx512(const char *data, size_t size,
                                                               const struct stream_walk *walk) {
    return walk_all(data, size, walk);
}

__attribute__((target("avx2"))) static uint64_t walk_avx2(const char *data, size_t size,
                                                          const struct stream_walk *walk) {
    return walk_all(data, size, walk);
}

uint64_t stream_read(const void *data, size_t size, const struct stream_walk *walk) {
    if (__builtin_cpu_supports("avx512f"))
        return walk_avx512(data, size, walk);
    if (__builtin_cpu_supports("avx2"))
        return walk_avx2(data, size, walk);
    return walk_all(data, size, walk);
}
#else
uint64_t stream_read(const void *data, size_t size, const struct stream_walk *walk) {
    return walk_all(data, size, walk);
}
#endif
