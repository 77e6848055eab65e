/* SPDX-License-Identifier: Apache-2.0 */
/* cause_merge: failures that say the same of their cause are a group; which groups are one cause.
 * The rule is cause.h's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cluster_failure;

/* One key of cause_key.h, and what hangs on it. */
struct cause_group {
    const char *key;
    const struct cluster_failure *first; /* whose words the group has */
    bool explained, kernel;
    bool shared;        /* code of all variants */
    bool proven;        /* a case passes with another kernel in its place */
    bool wide;          /* it was wrong with weights of several dtypes once, or of f32 */
    const char *narrow; /* what was said where weights of one dtype alone were at fault, or NULL */
    uint32_t into;      /* the group that it was merged into, or itself */
    size_t cases;       /* explained ones */
};

/* The group that `at` was merged into, at last. */
uint32_t cause_root(const struct cause_group *groups, uint32_t at);
/* Makes a and b one. */
void cause_join(struct cause_group *groups, uint32_t a, uint32_t b);
/* Merges what is part of another, what is vague and what is doubted. */
void cause_merge(struct cause_group *groups, uint32_t count);
