/* SPDX-License-Identifier: Apache-2.0 */
/* peak_loop: the loop that all units have. Twelve sums that do not wait for one another hide the
 * latency of every processor we know, and fit the sixteen registers of the smallest. */
#pragma once

enum { PEAK_SUMS = 12 };

#define PEAK_STEPS(step) \
    s0 = step(s0, x);    \
    s1 = step(s1, x);    \
    s2 = step(s2, x);    \
    s3 = step(s3, x);    \
    s4 = step(s4, x);    \
    s5 = step(s5, x);    \
    s6 = step(s6, x);    \
    s7 = step(s7, x);    \
    s8 = step(s8, x);    \
    s9 = step(s9, x);    \
    s10 = step(s10, x);  \
    s11 = step(s11, x);

/* A function `name` for the instruction set `isa`: each round does step(sum, x) on each sum. The
 * sums begin as what the caller left in the sink: were they alike, one would stand for all. */
#define PEAK_LOOP(name, isa, sum, operand, step)                                                  \
    __attribute__((target(isa))) static void name(int64_t rounds, const void *from, void *sink) { \
        sum all[PEAK_SUMS];                                                                       \
        operand x;                                                                                \
        memcpy(all, sink, sizeof(all));                                                           \
        memcpy(&x, from, sizeof(x));                                                              \
        sum s0 = all[0], s1 = all[1], s2 = all[2], s3 = all[3], s4 = all[4], s5 = all[5];         \
        sum s6 = all[6], s7 = all[7], s8 = all[8], s9 = all[9], s10 = all[10], s11 = all[11];     \
        for (; rounds > 0; rounds--) {                                                            \
            PEAK_STEPS(step)                                                                      \
        }                                                                                         \
        const sum end[PEAK_SUMS] = {s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11};            \
        memcpy(sink, end, sizeof(end));                                                           \
    }

/* Operations of one round with so many multiplications in an instruction. */
#define PEAK_ROUND(lanes) (2.0 * (lanes)*PEAK_SUMS)
