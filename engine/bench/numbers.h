/* SPDX-License-Identifier: Apache-2.0 */
/* numbers: the lists of a benchmark's axes: "1,2,4". */
#pragma once

#include <stdint.h>

enum { NUMBERS_MAX = 32 };

struct numbers {
    int len;
    int64_t values[NUMBERS_MAX];
};

/* Integers within min and max, separated by commas. 0, or ERR_ARG naming the option. */
int numbers_parse(struct numbers *out, const char *text, int64_t min, int64_t max,
                  const char *option);
/* 1, 2, 4 … and n itself: the thread counts that are measured when nobody says. */
void numbers_doubling(struct numbers *out, int64_t n);
