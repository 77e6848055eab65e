/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/rates.h"

#include "tests/test.h"

TEST(skips_do_not_raise_the_pass_rate) {
    const int64_t count[VERDICT_COUNT] = {[VERDICT_PASS] = 6,
                                          [VERDICT_CRASH] = 2,
                                          [VERDICT_NA] = 10,
                                          [VERDICT_INFRA] = 1,
                                          [VERDICT_NONE] = 1};
    struct rates r = rates_of(count);
    EXPECT_INT(r.planned, 20);
    EXPECT_INT(r.ran, 8);
    EXPECT_INT(r.red, 2);
    EXPECT(r.pass == 0.75);
    EXPECT(r.coverage == 0.4);
    EXPECT(r.na_share == 0.5);
    EXPECT(r.infra_share == 0.05);
}

TEST(wilson_gives_the_published_interval) {
    double low, high;
    rates_wilson(81, 263, &low, &high); /* Newcombe 1998, method 3: 0.2553 … 0.3662 */
    EXPECT(fabs(low - 0.2553) < 5e-5);
    EXPECT(fabs(high - 0.3662) < 5e-5);
    rates_wilson(0, 20, &low, &high); /* 0.0000 … 0.1611 */
    EXPECT(low == 0);
    EXPECT(fabs(high - 0.1611) < 5e-5);
    rates_wilson(0, 0, &low, &high);
    EXPECT(low == 0 && high == 1);
}

TEST(each_model_counts_the_same_in_the_mean) {
    const int64_t big[VERDICT_COUNT] = {[VERDICT_PASS] = 1000};
    const int64_t small[VERDICT_COUNT] = {[VERDICT_PASS] = 1, [VERDICT_FAIL] = 1};
    const int64_t none[VERDICT_COUNT] = {[VERDICT_NA] = 5};
    const struct rates each[] = {rates_of(big), rates_of(small), rates_of(none)};
    EXPECT(rates_mean_pass(each, 3) == 0.75);
    EXPECT(isnan(rates_mean_pass(each + 2, 1)));
}

TEST(a_hundred_percent_is_only_ever_all) {
    EXPECT(rates_percent(1) == 100);
    EXPECT(rates_percent(0) == 0);
    EXPECT(rates_percent(99999.0 / 100000) == 99.9);
    EXPECT(rates_percent(1.0 / 100000) == 0.1);
    EXPECT(fabs(rates_percent(109.0 / 110) - 99.1) < 1e-9);
    EXPECT(isnan(rates_percent((double)NAN)));
}
