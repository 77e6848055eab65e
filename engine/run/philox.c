/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/philox.h"

#include <math.h>

enum { ROUNDS = 10 };

void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)0xD2511F53U * c0;
        uint64_t b = (uint64_t)0xCD9E8D57U * c2;
        uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

double philox_uniform(uint64_t seed, uint64_t step, uint32_t row, uint32_t index) {
    const uint32_t counter[4] = {index, row, (uint32_t)step, (uint32_t)(step >> 32)};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t bits[4];
    philox_block(counter, key, bits);
    /* 53 bits, shifted by half a step so that neither 0 nor 1 can come out. */
    uint64_t wide = ((uint64_t)bits[0] << 32 | bits[1]) >> 11;
    return ((double)wide + 0.5) * 0x1p-53;
}

double philox_exponential(uint64_t seed, uint64_t step, uint32_t row, uint32_t index) {
    return -log(philox_uniform(seed, step, row, index));
}
