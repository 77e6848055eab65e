/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sum.h"

#include <string.h>

#include "engine/base/word.h"

/* The bytes are read as four streams, a quarter each, for one alone is not read as fast as memory
 * could be. There are eight sums, as a multiplication takes longer than the next may wait: four for
 * the even streams, four for the odd ones. */
enum { STREAMS = 4, SUMS = 8, HALF = SUMS / 2, LINE = SUMS * sizeof(uint64_t) };

/* Odd, so that multiplying by it loses nothing; its bits are those of the golden ratio. */
static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);

/* No two words lead from one state to the same, nor two states by one word. */
static uint64_t mix(uint64_t state, uint64_t word) {
    uint64_t x = state ^ word;
    return (x << 29 | x >> 35) * FACTOR;
}

/* A line of each stream; they lie `apart` bytes apart. */
static void add_lines(uint64_t sums[SUMS], const unsigned char *p, size_t apart) {
    for (size_t s = 0; s < STREAMS; s++)
        for (size_t w = 0; w < SUMS; w++) {
            uint64_t *sum = &sums[s % 2 * HALF + w % HALF];
            *sum = mix(*sum, word_load(p + s * apart + w * sizeof(uint64_t)));
        }
}

uint64_t sum_bytes(const void *data, size_t size) {
    const unsigned char *p = data;
    unsigned char last[STREAMS * LINE] = {0};
    uint64_t sums[SUMS], sum = size;
    size_t apart = size / sizeof(last) * LINE, done = STREAMS * apart;
    for (size_t i = 0; i < SUMS; i++)
        sums[i] = i + 1;
    for (size_t at = 0; at < apart; at += LINE)
        add_lines(sums, p + at, apart);
    if (size > done) {
        memcpy(last, p + done, size - done);
        add_lines(sums, last, LINE);
    }
    for (size_t i = 0; i < SUMS; i++)
        sum = mix(sum, sums[i] ^ sums[i] >> 32);
    return sum ^ sum >> 29;
}
