/* SPDX-License-Identifier: Apache-2.0 */
/* philox: random numbers out of a key and a counter (Salmon et al. 2011, Philox4x32-10).
 *
 * There is no state: the same key and counter give the same numbers on any machine, in any order
 * and on any number of threads. */
#pragma once

#include <stdint.h>

void philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* One draw between 0 and 1, neither of which comes out, for draw `index` of `row` at `step` under
 * `seed`. */
double philox_uniform(uint64_t seed, uint64_t step, uint32_t row, uint32_t index);
/* Its -log: one draw of Exp(1), > 0 and finite. */
double philox_exponential(uint64_t seed, uint64_t step, uint32_t row, uint32_t index);
