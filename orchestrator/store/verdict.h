/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: how a planned case ended, and how one attempt at it did.
 *
 * The numbers are stored; they never change and are never reused. */
#pragma once

#include <stdbool.h>

#define VERDICT_MAP(X)                \
    X(PASS, 1, "pass")                \
    X(FAIL, 2, "fail")                \
    X(NUMERICS, 3, "numerics")        \
    X(CRASH, 4, "crash")              \
    X(TIMEOUT, 5, "timeout")          \
    X(OOM, 6, "oom")                  \
    X(ERROR, 7, "error")              \
    X(INFRA, 8, "infra")              \
    X(FLAKY, 9, "flaky")              \
    X(PRECLUDED, 10, "precluded")     \
    X(NA, 11, "na")                   \
    X(XFAIL, 12, "xfail")             \
    X(XPASS, 13, "xpass")             \
    X(XFAIL_OTHER, 14, "xfail_other") \
    X(MISSING, 15, "missing")

/* VERDICT_NONE: planned and not recorded yet. */
enum verdict {
    VERDICT_NONE = 0,
#define X(name, code, text) VERDICT_##name = (code),
    VERDICT_MAP(X)
#undef X
        VERDICT_COUNT
};

#define ATTEMPT_MAP(X)         \
    X(PASS, 1, "pass")         \
    X(FAIL, 2, "fail")         \
    X(NUMERICS, 3, "numerics") \
    X(CRASH, 4, "crash")       \
    X(TIMEOUT, 5, "timeout")   \
    X(OOM, 6, "oom")           \
    X(ERROR, 7, "error")       \
    X(INFRA, 8, "infra")       \
    X(NA, 9, "na")             \
    X(NOT_RUN, 10, "not_run")  \
    X(STARTED, 11, "started")  \
    X(XFAIL, 12, "xfail")      \
    X(XPASS, 13, "xpass")

/* XFAIL, XPASS: the test itself says that it is expected to fail, and did or did not. */
enum attempt_status {
    ATTEMPT_NONE = 0,
#define X(name, code, text) ATTEMPT_##name = (code),
    ATTEMPT_MAP(X)
#undef X
        ATTEMPT_COUNT
};

const char *verdict_name(enum verdict v); /* "pass"; "" for VERDICT_NONE */
/* VERDICT_NONE when name is no verdict. */
enum verdict verdict_find(const char *name);
/* The code under test, or its test, is wrong: fail numerics crash timeout oom error xfail_other. */
bool verdict_is_red(enum verdict v);
/* Code ran and was judged: the base of pass % and the numerator of coverage. */
bool verdict_has_run(enum verdict v);

const char *verdict_attempt_name(enum attempt_status s);
/* Something is wrong with it: it did not pass, nor fail as expected, and it applies. */
bool verdict_attempt_is_red(enum attempt_status s);
enum attempt_status verdict_attempt_find(const char *name); /* ATTEMPT_NONE when there is none */
/* The verdict after one more attempt: a pass and a failure of the same case are flaky, of two
 * failures the first is kept, whatever came before an infra or not_run stands. */
enum verdict verdict_after(enum verdict before, enum attempt_status attempt);
/* The verdict without what was expected: status is that of the attempt that decided. */
enum verdict verdict_unexpected(enum verdict v, enum attempt_status status);
