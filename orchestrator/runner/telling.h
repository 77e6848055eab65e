/* SPDX-License-Identifier: Apache-2.0 */
/* telling: the line of what a test wrote that says why it failed. It is looked for as the lines
 * come, so that it is found however much stands before and behind it. */
#pragma once

#include <stddef.h>

enum { TELLING_SIZE = 504 };

/* Both without colours, cut to a sentence's length, "" without one. Begins as zeros. */
struct telling {
    char place[TELLING_SIZE]; /* the first that names a place, FILE.EXT:LINE or FILE.EXT(LINE), and
                                 says that something failed, as the frameworks below CTest do */
    char last[TELLING_SIZE];  /* the last that is not blank */
};

/* A line more, with its newline or without. */
void telling_see(struct telling *t, const char *line, size_t len);
/* The place, else the last. */
const char *telling_best(const struct telling *t);
