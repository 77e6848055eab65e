/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: what vectors are fed with: the edges of a format in all their pairs, then random bits.
 * Compiled for any machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBERS_LANES_MAX = 16, NUMBERS_ROUNDS = 4096 };

/* Lane i of round r: the same in every run, and other numbers for another `which`. */
void numbers_floats(float *out, int lanes, int round, int which);
/* Finite, of magnitudes between 2^-20 and 2^20, so that no result leaves the format. */
void numbers_mild(float *out, int lanes, int round, int which);
/* Whole numbers below 2^12 in size: sums of them are exact in any order. */
void numbers_whole(float *out, int lanes, int round, int which);
void numbers_words(int32_t *out, int lanes, int round, int which);
/* low ≤ out[i] ≤ high; the first rounds are all low, all high, and the two in turns. */
void numbers_bytes(uint8_t *out, int n, int low, int high, int round, int which);

/* The same bits, or both not a number. */
bool numbers_same(float a, float b);
/* How many floats lie between a and b; 0 for the same and for two NaNs, INT64_MAX for one. */
int64_t numbers_apart(float a, float b);

/* size bytes at the very end of a page, behind which there is nothing: to read on is to die. */
void *numbers_edge(size_t size);
