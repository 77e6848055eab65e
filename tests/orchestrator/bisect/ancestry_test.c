/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/ancestry.h"

#include "engine/base/err.h"
#include "tests/test.h"

/* 0 – 1 – 3 – 4, and 2 beside 1, merged by 3. */
static const int32_t none[] = {ANCESTRY_NONE}, zero[] = {0}, both[] = {1, 2}, three[] = {3};
static const struct ancestry_commit diamond[] = {
    {none,  1},
    {zero,  1},
    {zero,  1},
    {both,  2},
    {three, 1}
};

TEST(a_commit_reaches_itself_and_what_it_descends_from) {
    struct ancestry a;
    EXPECT_INT(ancestry_init(&a, diamond, 5), 0);
    for (size_t t = 0; t < 5; t++)
        EXPECT(ancestry_reaches(&a, t, t));
    EXPECT(ancestry_reaches(&a, 4, 2));
    EXPECT(ancestry_reaches(&a, 3, 1));
    EXPECT(!ancestry_reaches(&a, 2, 1));
    EXPECT(!ancestry_reaches(&a, 1, 3));
    EXPECT_INT(ancestry_first_parent(&a, 3), 1);
    EXPECT_INT(ancestry_first_parent(&a, 0), ANCESTRY_NONE);
    ancestry_done(&a);
}

TEST(a_sum_counts_what_is_reached_over_two_ways_once) {
    struct ancestry a;
    const double mass[] = {1, 2, 4, 8, 16};
    double sum[5];
    EXPECT_INT(ancestry_init(&a, diamond, 5), 0);
    ancestry_sum(&a, mass, sum);
    EXPECT_INT(sum[0], 1);
    EXPECT_INT(sum[2], 5);
    EXPECT_INT(sum[3], 15);
    EXPECT_INT(sum[4], 31);
    ancestry_done(&a);
}

TEST(more_commits_than_are_allowed_are_refused) {
    struct ancestry a;
    EXPECT_INT(ancestry_init(&a, diamond, ANCESTRY_MAX + 1), ERR_LIMIT);
    EXPECT_HAS(err_text(), "at most 10000");
}
