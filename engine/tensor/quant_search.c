/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/quant_search.h"

#include <stddef.h>

static bool always(void) {
    return true;
}

#if defined(__x86_64__)
#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

static bool has_avx2(void) {
    return HAS("avx2");
}

static bool has_avx512(void) {
    return HAS("avx512f") && HAS("avx512dq");
}
#endif

const struct quant_level quant_levels[] = {
#if defined(__x86_64__)
    {"avx512", has_avx512, quant_search_avx512},
    {"avx2",   has_avx2,   quant_search_avx2  },
#endif
    {"plain",  always,     quant_search_plain },
    {NULL,     NULL,       NULL               },
};

bool quant_search(struct quant_found *out, enum dtype dtype, const float *x, int blocks) {
    const struct quant_level *level = quant_levels;
    while (!level->has())
        level++;
    return level->search(out, dtype, x, blocks);
}
