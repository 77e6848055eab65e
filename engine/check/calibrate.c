/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/calibrate.h"

#include <stdint.h>

#include "engine/base/clock.h"

/* Short pieces, many of them: one that nothing disturbed is enough. */
enum { PIECES = 12, ROUNDS = 40000, WORDS = (2 << 20) / sizeof(uint64_t) };

/* What the loops leave, so that no compiler does without them. */
static volatile uint64_t sink;
static uint64_t words[WORDS];

/* Four chains of each kind; none can be shortened, for floats do not associate and the integers'
 * shifts do not commute. */
static uint64_t compute(void) {
    double x[4] = {1.0, 1.1, 1.2, 1.3};
    uint64_t n[4] = {1, 2, 3, 4};
    for (int i = 0; i < ROUNDS; i++)
        for (int j = 0; j < 4; j++) {
            x[j] = x[j] * 0.999 + 0.5;
            n[j] = (n[j] ^ n[j] >> 17) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        }
    return n[0] ^ n[1] ^ n[2] ^ n[3] ^ (uint64_t)(x[0] + x[1] + x[2] + x[3]);
}

static uint64_t stream(void) {
    uint64_t sum[4] = {0};
    for (unsigned i = 0; i < WORDS; i += 4)
        for (int j = 0; j < 4; j++)
            sum[j] += words[i + j] ^ i;
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}

/* The least time of a piece in ms, with what was the least before; 0 = nothing was. */
static double least_of(uint64_t (*piece)(void), double before) {
    for (int i = 0; i < PIECES; i++) {
        int64_t begin = clock_cpu_ns();
        sink += piece();
        double ms = (double)(clock_cpu_ns() - begin) / 1e6;
        if (ms > 0 && (before <= 0 || ms < before))
            before = ms;
    }
    return before;
}

void calibrate(struct calibration *c) {
    if (c->stream_ms <= 0) /* pages that were never written are all the same one */
        for (unsigned i = 0; i < WORDS; i++)
            words[i] = i * UINT64_C(0x9e3779b97f4a7c15);
    c->compute_ms = least_of(compute, c->compute_ms);
    c->stream_ms = least_of(stream, c->stream_ms);
}

double calibrate_ms(const struct calibration *c) {
    return c->compute_ms + c->stream_ms;
}
