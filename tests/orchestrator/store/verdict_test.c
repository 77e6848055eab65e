/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/verdict.h"

#include "tests/test.h"

TEST(names_and_codes_are_one_to_one) {
    for (int v = 1; v < VERDICT_COUNT; v++)
        EXPECT_INT(verdict_find(verdict_name((enum verdict)v)), v);
    for (int s = 1; s < ATTEMPT_COUNT; s++)
        EXPECT_INT(verdict_attempt_find(verdict_attempt_name((enum attempt_status)s)), s);
    EXPECT_INT(verdict_find("PASS"), VERDICT_NONE);
}

TEST(one_attempt_is_its_own_verdict) {
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_PASS), VERDICT_PASS);
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_OOM), VERDICT_OOM);
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_NOT_RUN), VERDICT_MISSING);
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_STARTED), VERDICT_NONE);
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_XFAIL), VERDICT_XFAIL);
    EXPECT_INT(verdict_after(VERDICT_NONE, ATTEMPT_XPASS), VERDICT_XPASS);
}

TEST(only_a_pass_and_a_failure_are_flaky) {
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_PASS), VERDICT_FLAKY);
    EXPECT_INT(verdict_after(VERDICT_PASS, ATTEMPT_CRASH), VERDICT_FLAKY);
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_TIMEOUT), VERDICT_FAIL);
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_INFRA), VERDICT_FAIL);
    EXPECT_INT(verdict_after(VERDICT_INFRA, ATTEMPT_PASS), VERDICT_PASS);
    EXPECT_INT(verdict_after(VERDICT_FLAKY, ATTEMPT_PASS), VERDICT_FLAKY);
}

TEST(what_a_test_expects_of_itself_is_not_red_and_no_pass) {
    EXPECT(!verdict_attempt_is_red(ATTEMPT_XFAIL) && !verdict_attempt_is_red(ATTEMPT_XPASS));
    EXPECT(!verdict_attempt_is_red(ATTEMPT_PASS) && !verdict_attempt_is_red(ATTEMPT_NA));
    EXPECT(verdict_attempt_is_red(ATTEMPT_CRASH) && verdict_attempt_is_red(ATTEMPT_NOT_RUN));
    EXPECT_INT(verdict_after(VERDICT_XFAIL, ATTEMPT_FAIL), VERDICT_FLAKY);
    EXPECT_INT(verdict_unexpected(VERDICT_XFAIL, ATTEMPT_XFAIL), VERDICT_XFAIL);
}

/* Each verdict: whether it is red, and whether the case has run at all. */
TEST(what_is_red_and_what_has_run) {
    static const struct {
        enum verdict verdict;
        bool red, run;
    } rows[] = {
        {VERDICT_NONE,        false, false},
        {VERDICT_PASS,        false, true },
        {VERDICT_FAIL,        true,  true },
        {VERDICT_NUMERICS,    true,  true },
        {VERDICT_CRASH,       true,  true },
        {VERDICT_TIMEOUT,     true,  true },
        {VERDICT_OOM,         true,  true },
        {VERDICT_ERROR,       true,  true },
        {VERDICT_FLAKY,       false, true },
        {VERDICT_XPASS,       false, true },
        {VERDICT_XFAIL,       false, true },
        {VERDICT_XFAIL_OTHER, true,  true },
        {VERDICT_NA,          false, false},
        {VERDICT_PRECLUDED,   false, false},
        {VERDICT_INFRA,       false, false},
        {VERDICT_MISSING,     false, false},
    };
    EXPECT_INT(sizeof(rows) / sizeof(*rows), VERDICT_COUNT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        EXPECT(verdict_is_red(rows[i].verdict) == rows[i].red);
        EXPECT(verdict_has_run(rows[i].verdict) == rows[i].run);
    }
}

TEST(what_was_expected_can_be_taken_off_a_verdict) {
    EXPECT_INT(verdict_unexpected(VERDICT_XPASS, ATTEMPT_PASS), VERDICT_PASS);
    EXPECT_INT(verdict_unexpected(VERDICT_XFAIL, ATTEMPT_NUMERICS), VERDICT_NUMERICS);
    EXPECT_INT(verdict_unexpected(VERDICT_XFAIL_OTHER, ATTEMPT_CRASH), VERDICT_CRASH);
    EXPECT_INT(verdict_unexpected(VERDICT_FLAKY, ATTEMPT_FAIL), VERDICT_FLAKY);
    EXPECT_INT(verdict_unexpected(VERDICT_NONE, ATTEMPT_NONE), VERDICT_NONE);
}
