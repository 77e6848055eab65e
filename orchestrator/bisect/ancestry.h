/* SPDX-License-Identifier: Apache-2.0 */
/* ancestry: who descends from whom among the commits of a bisection.
 *
 * Commits lie oldest first: a parent has a smaller index than its child, and the last commit is
 * the bad end. What is older than the range is not among them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANCESTRY_MAX = 10000, ANCESTRY_NONE = -1 };

struct ancestry_commit {
    const int32_t *parents; /* [parent_count] indexes, the first parent first; NONE = older */
    size_t parent_count;
};

struct ancestry {
    const struct ancestry_commit *commits; /* [len] borrowed */
    size_t len;
    size_t words;    /* of a row */
    uint64_t *reach; /* [len][words] bit c of row t: t is c or descends from it */
};

/* 0, or ERR_LIMIT for more than ANCESTRY_MAX commits. */
int ancestry_init(struct ancestry *out, const struct ancestry_commit *commits, size_t len);
void ancestry_done(struct ancestry *a); /* copes with a zeroed struct */
/* t is c or descends from it. */
bool ancestry_reaches(const struct ancestry *a, size_t t, size_t c);
/* sum[t] = the sum of mass[c] over all that t reaches. [len] both. */
void ancestry_sum(const struct ancestry *a, const double *mass, double *sum);
/* The first parent, or ANCESTRY_NONE. */
int32_t ancestry_first_parent(const struct ancestry *a, size_t t);
