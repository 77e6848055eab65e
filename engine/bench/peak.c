/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/peak.h"

#include <string.h>

/* For processors that we have no intrinsics for: what the compiler makes of a multiplication and
 * an addition. */
enum { LANES = 128, PLAIN_STEPS = 8 };

static bool always(void) {
    return true;
}

static void plain_f32(int64_t rounds, const void *operand, void *into) {
    float x[LANES], sums[LANES];
    memcpy(sums, into, sizeof(sums));
    for (int i = 0; i < LANES; i++)
        memcpy(&x[i], (const char *)operand + sizeof(float) * ((size_t)i % 16), sizeof(float));
    for (int64_t r = 0; r < rounds * PLAIN_STEPS; r++)
        for (int i = 0; i < LANES; i++)
            sums[i] += x[i] * x[i];
    memcpy(into, sums, sizeof(sums));
}

static const struct peak_unit plain[] = {
    {PEAK_F32, "plain C", 2.0 * LANES *PLAIN_STEPS, always, plain_f32},
    PEAK_END_ROW,
};

static const struct {
    const char *name, *text;
} kinds[PEAK_COUNT] = {
#define X(kind, name, text) {name, text},
    PEAK_MAP(X)
#undef X
};

const char *peak_name(enum peak_kind kind) {
    return kinds[kind].name;
}

const char *peak_text(enum peak_kind kind) {
    return kinds[kind].text;
}

const struct peak_unit *peak_find(enum peak_kind kind) {
    const struct peak_unit *const tables[] = {peak_x86, peak_arm, plain};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (const struct peak_unit *u = tables[i]; u->kind != PEAK_COUNT; u++)
            if (u->kind == kind && u->is_there())
                return u;
    return NULL;
}
