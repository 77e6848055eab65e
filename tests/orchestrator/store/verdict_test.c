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
}

TEST(only_a_pass_and_a_failure_are_flaky) {
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_PASS), VERDICT_FLAKY);
    EXPECT_INT(verdict_after(VERDICT_PASS, ATTEMPT_CRASH), VERDICT_FLAKY);
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_TIMEOUT), VERDICT_FAIL);
    EXPECT_INT(verdict_after(VERDICT_FAIL, ATTEMPT_INFRA), VERDICT_FAIL);
    EXPECT_INT(verdict_after(VERDICT_INFRA, ATTEMPT_PASS), VERDICT_PASS);
    EXPECT_INT(verdict_after(VERDICT_FLAKY, ATTEMPT_PASS), VERDICT_FLAKY);
}
