/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/flake.h"

#include <math.h>

#include "tests/test.h"

#define NEAR(a, b) EXPECT(fabs((a) - (b)) < 1e-6)

/* Closed forms: I_x(1, 1) = x, I_x(2, 3), and the arcsine law I_x(1/2, 1/2). */
TEST(the_incomplete_beta_is_what_is_known_of_it) {
    for (int i = 0; i <= 10; i++) {
        double x = i / 10.0;
        NEAR(flake_beta(1, 1, x), x);
        NEAR(flake_beta(2, 3, x), x * x * (6 - 8 * x + 3 * x * x));
        NEAR(flake_beta(0.5, 0.5, x), 2 / 3.14159265358979 * asin(sqrt(x)));
        NEAR(flake_beta(7.5, 40, x) + flake_beta(40, 7.5, 1 - x), 1);
    }
}

/* Bounds found by adding up the density of Beta(k + 1/2, n - k + 1/2) in 400,000 steps. */
TEST(the_interval_is_that_of_jeffreys) {
    static const struct {
        int64_t k, n;
        double low, high;
    } rows[] = {
        {0, 7,  0,      0.2924},
        {1, 7,  0.0159, 0.5008},
        {2, 7,  0.0647, 0.6477},
        {3, 7,  0.1389, 0.7655},
        {7, 7,  0.7076, 1     },
        {0, 30, 0,      0.0797},
        {5, 30, 0.0666, 0.3274},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct flake f = flake_of(rows[i].k, rows[i].n);
        test_check(fabs(f.low - rows[i].low) < 1e-4 && fabs(f.high - rows[i].high) < 1e-4, __FILE__,
                   __LINE__, "%d of %d: %.4f to %.4f", (int)rows[i].k, (int)rows[i].n, f.low,
                   f.high);
        EXPECT(f.low <= f.rate && f.rate <= f.high);
    }
}

TEST(more_attempts_make_it_surer) {
    struct flake few = flake_of(2, 20), many = flake_of(200, 2000);
    EXPECT(few.high - few.low > 5 * (many.high - many.low));
    NEAR(many.rate, 200.5 / 2001);
    EXPECT(flake_of(0, 1000000).high < 1e-5);
    EXPECT(flake_of(999999, 1000000).low > 0.99999);
}
