/* SPDX-License-Identifier: Apache-2.0 */
/* geometry: the sizes of models that people run, for shapes that matter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct geometry {
    const char *name;
    int64_t hidden, intermediate, heads, kv_heads, head_dim, vocab;
    bool gated; /* gate, up and down, and RMS norms; else GELU between two, and layer norms */
};

/* Ended by a NULL name. */
extern const struct geometry geometry_table[];
/* NULL when there is none of that name. */
const struct geometry *geometry_find(const char *name);
