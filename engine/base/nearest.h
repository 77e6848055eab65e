/* SPDX-License-Identifier: Apache-2.0 */
/* nearest: which known word a person most likely meant. For "did you mean …?". */
#pragma once

#include <stddef.h>

struct nearest {
    const char *word; /* what was typed */
    const char *best; /* the closest so far, borrowed; NULL when none is close */
    size_t distance;
};

void nearest_init(struct nearest *n, const char *word);
/* name is kept when it is closer than all before, and close enough to be a slip at all: at most
 * one edit (insert, delete, replace, swap of neighbours) in three letters. */
void nearest_offer(struct nearest *n, const char *name);
