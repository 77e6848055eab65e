/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/chi_square.h"

#include "tests/test.h"

/* Percentage points from tables of the distribution. */
TEST(p_values_are_those_of_the_tables) {
    EXPECT(fabs(chi_square_p(3.841458821, 1) - 0.05) < 1e-9);
    EXPECT(fabs(chi_square_p(18.30703805, 10) - 0.05) < 1e-9);
    EXPECT(fabs(chi_square_p(135.8067232, 100) - 0.01) < 1e-9);
    EXPECT(fabs(chi_square_p(77.92946517, 100) - 0.95) < 1e-8);
    EXPECT(chi_square_p(0, 5) == 1);
    EXPECT(chi_square_p(1000, 10) < 1e-100);
}

TEST(counts_that_fit_pass_and_a_swapped_pair_or_an_impossible_draw_does_not) {
    static const float probs[4] = {0.5F, 0.3F, 0.2F, 0};
    int64_t freedom;
    EXPECT(chi_square_test((const int64_t[]){500, 300, 200, 0}, probs, 4, 1000, &freedom) > 0.99);
    EXPECT_INT(freedom, 2);
    EXPECT(chi_square_test((const int64_t[]){300, 500, 200, 0}, probs, 4, 1000, NULL) < 1e-6);
    EXPECT(chi_square_test((const int64_t[]){500, 300, 199, 1}, probs, 4, 1000, NULL) == 0);
}
