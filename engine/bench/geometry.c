/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/geometry.h"

#include <stddef.h>
#include <string.h>

const struct geometry geometry_table[] = {
    {"qwen2.5-0.5b", 896,  4864, 14, 2,  64,  151936, true },
    {"qwen3-0.6b",   1024, 3072, 16, 8,  128, 151936, true },
    {"qwen2-1.5b",   1536, 8960, 12, 2,  128, 151936, true },
    {"gpt2-124m",    768,  3072, 12, 12, 64,  50257,  false},
    {"tiny",         64,   96,   4,  2,  16,  512,    true }, /* for tests */
    {NULL,           0,    0,    0,  0,  0,   0,      false},
};

const struct geometry *geometry_find(const char *name) {
    for (const struct geometry *g = geometry_table; g->name; g++)
        if (strcmp(g->name, name) == 0)
            return g;
    return NULL;
}
