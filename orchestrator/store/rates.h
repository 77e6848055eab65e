/* SPDX-License-Identifier: Apache-2.0 */
/* rates: pass %, coverage %, na % and infra %, always all four, so that nothing hides behind a
 * skip. Pure arithmetic over counts of verdicts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"

/* Shares in 0…1; NAN when the base is empty. */
struct rates {
    int64_t planned; /* cases */
    int64_t ran;     /* verdicts of code that ran */
    int64_t passed;  /* pass and xpass */
    int64_t red;     /* verdict_is_red() */
    int64_t flaky, na, infra, missing;
    int64_t xfail, xpass; /* failed as expected: ran, not passed, not red; and passed after all */
    int64_t xfail_other;  /* failed otherwise than expected; counted in red */
    double pass;          /* passed / ran */
    double coverage;      /* ran / planned */
    double na_share;      /* na / planned */
    double infra_share;
    double low, high; /* Wilson 95 % interval of pass */
};

/* count[v] = cases with verdict v; count[VERDICT_NONE] = planned, not recorded. */
struct rates rates_of(const int64_t count[VERDICT_COUNT]);
/* The mean of pass over `len` models, each counting the same; those that ran nothing are left
 * out. NAN when all did. */
double rates_mean_pass(const struct rates *each, size_t len);
/* A share as a percentage to one decimal: 100.0 is only ever all and 0.0 only ever none. NAN stays.
 */
double rates_percent(double share);
/* Wilson score interval at 95 % for k of n, in 0…1; 0…1 when n is 0. */
void rates_wilson(int64_t k, int64_t n, double *low, double *high);
