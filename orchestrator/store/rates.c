/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/rates.h"

#include <math.h>

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

struct rates rates_of(const int64_t count[VERDICT_COUNT]) {
    struct rates r = {.passed = count[VERDICT_PASS] + count[VERDICT_XPASS],
                      .flaky = count[VERDICT_FLAKY],
                      .na = count[VERDICT_NA],
                      .infra = count[VERDICT_INFRA],
                      .missing = count[VERDICT_MISSING] + count[VERDICT_NONE],
                      .xfail = count[VERDICT_XFAIL],
                      .xpass = count[VERDICT_XPASS],
                      .xfail_other = count[VERDICT_XFAIL_OTHER]};
    for (int v = 0; v < VERDICT_COUNT; v++) {
        r.planned += count[v];
        if (verdict_has_run((enum verdict)v))
            r.ran += count[v];
        if (verdict_is_red((enum verdict)v))
            r.red += count[v];
    }
    r.pass = share(r.passed, r.ran);
    r.coverage = share(r.ran, r.planned);
    r.na_share = share(r.na, r.planned);
    r.infra_share = share(r.infra, r.planned);
    rates_wilson(r.passed, r.ran, &r.low, &r.high);
    return r;
}

double rates_mean_pass(const struct rates *each, size_t len) {
    double sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < len; i++) {
        if (each[i].ran == 0)
            continue;
        sum += each[i].pass;
        counted++;
    }
    return counted ? sum / (double)counted : (double)NAN;
}

double rates_percent(double share) {
    double percent = round(share * 1000) / 10;
    if (share > 0 && share < 1)
        percent = fmin(fmax(percent, 0.1), 99.9);
    return percent;
}

void rates_wilson(int64_t k, int64_t n, double *low, double *high) {
    const double z = 1.959963984540054; /* the 97.5 % point of the normal distribution */
    *low = 0, *high = 1;
    if (n <= 0)
        return;
    double count = (double)n, p = (double)k / count, z2 = z * z;
    double middle = (p + z2 / (2 * count)) / (1 + z2 / count);
    double half = z / (1 + z2 / count) * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
    /* At the ends the bound is exact; rounding must not move it. */
    if (k > 0)
        *low = fmax(0, middle - half);
    if (k < n)
        *high = fmin(1, middle + half);
}
