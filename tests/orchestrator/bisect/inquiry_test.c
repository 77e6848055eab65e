/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/inquiry.h"

#include "tests/orchestrator/bisect/line.h"

static void run_to_the_end(struct inquiry *q, struct line_world *w) {
    size_t at;
    while (inquiry_next(q, &at))
        inquiry_see(q, at, line_ask(w, &q->search, at));
}

TEST(suspect_and_parent_are_run_again_and_confirmed) {
    struct line line;
    struct inquiry q;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 5};
    line_make(&line, 16);
    REQUIRE(inquiry_init(&q, line.commits, 16, &o, 3) == 0);
    run_to_the_end(&q, &w);
    EXPECT_INT(q.answer, SEARCH_CULPRIT);
    EXPECT_INT(q.culprit, 5);
    EXPECT_STR(verify_status_name(q.status), "confirmed");
    EXPECT(q.verify.count[0][OUTCOME_FAIL] >= 3);
    EXPECT(q.verify.count[1][OUTCOME_PASS] >= 3);
    EXPECT(w.asked[5] >= 4 && w.asked[4] >= 4);
    inquiry_done(&q);
}

TEST(a_merge_is_verified_against_all_its_parents) {
    struct line line;
    struct inquiry q;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 7};
    line_make(&line, 10);
    line_merge(&line, 7, 2, 6);
    REQUIRE(inquiry_init(&q, line.commits, 10, &o, 3) == 0);
    run_to_the_end(&q, &w);
    EXPECT_INT(q.culprit, 7);
    EXPECT_INT(q.verify.roles, 3);
    EXPECT_INT(q.status, VERIFY_CONFIRMED);
    inquiry_done(&q);
}

/* The search is told lies: commit 4 fails and 3 passes. The fresh runs say that 4 is sound, so it
 * is cleared, and the search goes on to the truth. */
TEST(a_suspect_that_verification_clears_is_not_named) {
    struct line line;
    struct inquiry q;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 9};
    size_t at;
    line_make(&line, 16);
    REQUIRE(inquiry_init(&q, line.commits, 16, &o, 3) == 0);
    while (inquiry_next(&q, &at) && !q.verifying)
        inquiry_see(&q, at, at >= 4 && at < 16 ? OUTCOME_FAIL : OUTCOME_PASS);
    EXPECT(q.verifying);
    EXPECT_INT(q.culprit, 4);
    run_to_the_end(&q, &w);
    EXPECT_INT(q.answer, SEARCH_CULPRIT);
    EXPECT_INT(q.culprit, 9);
    EXPECT_INT(q.status, VERIFY_CONFIRMED);
    EXPECT(q.rounds > 1);
    inquiry_done(&q);
}

TEST(without_verification_the_status_says_so) {
    struct line line;
    struct inquiry q;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 0};
    line_make(&line, 16);
    REQUIRE(inquiry_init(&q, line.commits, 16, &o, 0) == 0);
    run_to_the_end(&q, &w);
    EXPECT_INT(q.culprit, 0);
    EXPECT_STR(verify_status_name(q.status), "unverified");
    inquiry_done(&q);
}

TEST(the_same_outcomes_again_lead_to_the_same_place) {
    struct line line;
    struct inquiry first, second;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 11};
    size_t at, again;
    line_make(&line, 50);
    REQUIRE(inquiry_init(&first, line.commits, 50, &o, 3) == 0);
    REQUIRE(inquiry_init(&second, line.commits, 50, &o, 3) == 0);
    while (inquiry_next(&first, &at)) {
        enum outcome outcome = line_ask(&w, &first.search, at);
        REQUIRE(inquiry_next(&second, &again));
        EXPECT_INT(again, at);
        inquiry_see(&first, at, outcome);
        inquiry_see(&second, at, outcome);
    }
    EXPECT(!inquiry_next(&second, &again));
    EXPECT_INT(second.culprit, first.culprit);
    inquiry_done(&first);
    inquiry_done(&second);
}

TEST(a_given_rate_outweighs_history) {
    struct search_options o = line_options();
    inquiry_given_rate(&o, 0.25);
    EXPECT_INT(o.q.hits, 50);
    EXPECT_INT(o.q.misses, 150);
    EXPECT_INT(o.m.hits, 50);
}
