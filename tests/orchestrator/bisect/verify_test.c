/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/verify.h"

#include "tests/test.h"

/* Runs to the end with fixed words of suspect and parent. */
static enum verify_status play(double rate, enum outcome suspect, enum outcome parent, int *runs) {
    struct verify v;
    int role;
    verify_init(&v, rate, rate, 3, 1);
    for (*runs = 0; (role = verify_next(&v)) >= 0; ++*runs)
        verify_see(&v, (size_t)role, role == VERIFY_SUSPECT ? suspect : parent);
    return verify_status(&v);
}

TEST(a_culprit_fails_and_its_parent_passes) {
    int runs;
    EXPECT_INT(play(0, OUTCOME_FAIL, OUTCOME_PASS, &runs), VERIFY_CONFIRMED);
    EXPECT_INT(runs, 6);
}

TEST(a_suspect_that_passes_or_a_parent_that_fails_clears_it) {
    int runs;
    EXPECT_INT(play(0, OUTCOME_PASS, OUTCOME_PASS, &runs), VERIFY_VINDICATED);
    EXPECT_INT(play(0, OUTCOME_FAIL, OUTCOME_FAIL, &runs), VERIFY_VINDICATED);
}

TEST(what_cannot_be_run_is_an_error_not_a_confirmation) {
    int runs;
    EXPECT_INT(play(0, OUTCOME_FAIL, OUTCOME_SKIP, &runs), VERIFY_ERROR);
    EXPECT_INT(play(0, OUTCOME_OTHER, OUTCOME_PASS, &runs), VERIFY_ERROR);
}

TEST(noise_asks_for_more_runs) {
    int steady, noisy;
    EXPECT_INT(play(0.01, OUTCOME_FAIL, OUTCOME_PASS, &steady), VERIFY_CONFIRMED);
    EXPECT_INT(play(0.3, OUTCOME_FAIL, OUTCOME_PASS, &noisy), VERIFY_CONFIRMED);
    EXPECT(noisy >= 2 * steady);
}

TEST(one_of_several_parents_that_fails_clears_a_merge) {
    struct verify v;
    int role;
    verify_init(&v, 0, 0, 3, 2);
    while ((role = verify_next(&v)) >= 0)
        verify_see(&v, (size_t)role, role == 1 ? OUTCOME_PASS : OUTCOME_FAIL);
    EXPECT_INT(verify_status(&v), VERIFY_VINDICATED);
}
