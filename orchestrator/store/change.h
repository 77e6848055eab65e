/* SPDX-License-Identifier: Apache-2.0 */
/* change: what became of a case since the reference run. The numbers are stored. */
#pragma once

#include <stdbool.h>

#include "orchestrator/store/verdict.h"

#define CHANGE_MAP(X)                    \
    X(NEW_FAILURE, 1, "new_failure")     \
    X(STILL_FAILING, 2, "still_failing") \
    X(MUTATED, 3, "mutated")             \
    X(FIXED, 4, "fixed")                 \
    X(NEW_PASS, 5, "new_pass")           \
    X(STILL_PASSING, 6, "still_passing") \
    X(APPEARED, 7, "appeared")           \
    X(DISAPPEARED, 8, "disappeared")     \
    X(FLAKY_NEW, 9, "flaky_new")         \
    X(FLAKY_GONE, 10, "flaky_gone")      \
    X(INFRA_MASKED, 11, "infra_masked")

/* CHANGE_NONE: no reference run, or nothing to say (not applicable then and now). */
enum change {
    CHANGE_NONE = 0,
#define X(name, code, text) CHANGE_##name = (code),
    CHANGE_MAP(X)
#undef X
        CHANGE_COUNT
};

const char *change_name(enum change c);    /* "new_failure"; "" for CHANGE_NONE */
enum change change_find(const char *name); /* CHANGE_NONE when there is none */
/* new_failure, mutated, flaky_new, and a case that passed and is gone. */
bool change_is_regression(enum change c, enum verdict before);
/* What `before` in the reference run and `now` make. VERDICT_NONE is "not planned there". A case
 * that is red in both is mutated when its signature differs (0 = none). */
enum change change_of(enum verdict before, long long signature_before, enum verdict now,
                      long long signature_now);
