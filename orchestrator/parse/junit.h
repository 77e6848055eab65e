/* SPDX-License-Identifier: Apache-2.0 */
/* junit: a report of tests in JUnit's XML, as CTest, pytest, nextest and others write it.
 *
 * It may be anybody's: a document that declares a type or entities is refused before they mean
 * anything, and everything in it has a limit. Elements that are not known are passed over, so the
 * dialects agree: testcase with failure, error or skipped below it, system-out and system-err.
 * https://github.com/testmoapp/junitxml */
#pragma once

#include <stddef.h>

#include "engine/base/arena.h"

enum { JUNIT_CASES_MAX = 100000, JUNIT_DEPTH_MAX = 64, JUNIT_TEXT_MAX = 16 << 20 };

enum junit_outcome { JUNIT_PASS, JUNIT_SKIPPED, JUNIT_FAILED, JUNIT_ERROR };

/* Strings are never NULL. */
struct junit_case {
    const char *name, *classname;
    double seconds; /* 0 when it does not say */
    enum junit_outcome outcome;
    const char *message; /* attribute of what makes it no pass */
    const char *text;    /* and its text */
    const char *out, *err;
};

struct junit {
    struct junit_case *cases; /* [len] in the order of the report */
    size_t len;
};

/* Strings live in arena. 0; ERR_FORMAT naming the line; ERR_LIMIT. */
int junit_parse(struct junit *out, struct arena *arena, const char *text, size_t len);
