/* SPDX-License-Identifier: Apache-2.0 */
/* plain: `git bisect run`, step by step as git 2.39 takes them (bisect.c: find_bisection,
 * managed_skipped, skip_away), so that it can be compared without a repository. The test
 * simulation_test.c runs the real one beside it. */
#pragma once

#include "orchestrator/bisect/ancestry.h"

enum plain_word { PLAIN_GOOD, PLAIN_BAD, PLAIN_SKIP }; /* exit 0, 1, 125 of the script */

typedef enum plain_word plain_test_fn(void *arg, size_t at);

struct plain_answer {
    size_t commit; /* the first bad one; len when only skipped ones are left */
    bool *range;   /* [len] those, and the bad one, when only skipped ones are left; free() it */
};

/* The last commit is bad, what is older than the range is good. rank: [len] the order of the
 * commits' names, for ties when something was skipped; NULL = the order they lie in. */
void plain_bisect(struct plain_answer *out, const struct ancestry *a, const uint32_t *rank,
                  plain_test_fn *test, void *arg);
