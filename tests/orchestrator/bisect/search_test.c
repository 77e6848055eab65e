/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/search.h"

#include "engine/base/err.h"
#include "tests/orchestrator/bisect/line.h"

TEST(every_culprit_of_every_short_line_is_found_within_the_bound) {
    for (size_t len = 1; len <= 40; len++)
        for (size_t culprit = 0; culprit < len; culprit++) {
            struct line line;
            struct search s;
            struct search_options o = line_options();
            struct line_world w = {.culprit = culprit};
            size_t at = 99;
            line_make(&line, len);
            REQUIRE(search_init(&s, line.commits, len, &o) == 0);
            EXPECT_INT(line_search(&s, &w, &at), SEARCH_CULPRIT);
            EXPECT_INT(at, culprit);
            EXPECT(search_builds(&s) <= (int)log2((double)len) + 2);
            search_done(&s);
        }
}

TEST(the_bad_end_is_tested_first_and_a_fault_that_is_not_there_is_told) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 99};
    size_t at;
    line_make(&line, 16);
    REQUIRE(search_init(&s, line.commits, 16, &o) == 0);
    EXPECT_INT(search_next(&s, &at), SEARCH_TEST);
    EXPECT_INT(at, 15);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_NOT_REPRODUCED);
    EXPECT_INT(search_builds(&s), 1);
    search_done(&s);
}

TEST(a_good_end_that_fails_is_told) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 0};
    size_t at;
    line_make(&line, 16);
    w.other[16] = OUTCOME_FAIL;
    REQUIRE(search_init(&s, line.commits, 16, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_GOOD_IS_BAD);
    search_done(&s);
}

/* Commit 0 is one that the good end has too, where the branch of 1 and 2 began; 3 merges it. */
TEST(a_fault_that_the_good_end_has_too_is_told) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 0};
    size_t at;
    line_make(&line, 8);
    line.commits[0].links.parent_count = 0;
    line.commits[0].older = true;
    line.commits[0].weight = 1e-3;
    line_merge(&line, 3, ANCESTRY_NONE, 2);
    REQUIRE(search_init(&s, line.commits, 8, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_GOOD_IS_BAD);
    EXPECT_INT(at, 0);
    EXPECT(w.asked[0] > 0); /* it is the parent of 1, which would else be the culprit */
    search_done(&s);
}

TEST(a_bad_end_that_cannot_be_built_ends_the_search) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 3};
    size_t at;
    line_make(&line, 8);
    w.other[7] = OUTCOME_SKIP;
    REQUIRE(search_init(&s, line.commits, 8, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_NOT_REPRODUCED);
    EXPECT_INT(w.asked[7], 1);
    search_done(&s);
}

/* Commits 10 to 17 cannot be built and 13 is it: 10 to 18 fit equally well, and no other. */
TEST(a_culprit_among_unbuildable_commits_gives_exactly_that_range) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 13};
    size_t at, suspects[32];
    double rest;
    line_make(&line, 32);
    for (size_t t = 10; t <= 17; t++)
        w.other[t] = OUTCOME_SKIP;
    REQUIRE(search_init(&s, line.commits, 32, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_RANGE);
    size_t n = search_suspects(&s, suspects, &rest);
    EXPECT_INT(n, 9);
    for (size_t i = 0; i < n; i++)
        EXPECT(suspects[i] >= 10 && suspects[i] <= 18);
    EXPECT(rest < 0.01);
    search_done(&s);
}

/* The middle of 64 cannot be built, nor can what lies around it: the next test is not beside it. */
TEST(the_search_moves_away_from_what_cannot_be_built) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    size_t first, second;
    line_make(&line, 64);
    REQUIRE(search_init(&s, line.commits, 64, &o) == 0);
    search_see(&s, 63, OUTCOME_FAIL);
    EXPECT_INT(search_next(&s, &first), SEARCH_TEST);
    search_see(&s, first, OUTCOME_SKIP);
    EXPECT_INT(search_next(&s, &second), SEARCH_TEST);
    EXPECT(second + 2 < first || second > first + 2);
    search_see(&s, second, OUTCOME_SKIP);
    search_done(&s);
}

TEST(commits_that_share_a_build_cost_one) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 8};
    size_t at;
    line_make(&line, 32);
    for (size_t t = 0; t < 32; t++) { /* every fourth changes something */
        line.commits[t].build = (int32_t)(t / 4);
        line.commits[t].weight = t % 4 ? 1e-3 : 1;
    }
    REQUIRE(search_init(&s, line.commits, 32, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_CULPRIT);
    EXPECT_INT(at, 8);
    EXPECT(search_builds(&s) <= 5);
    search_done(&s);
}

/* Line 0 1 2 7 8 9, branch 3 4 5 6 from 2 merged by 7. */
static void make_branch(struct line *l) {
    line_make(l, 10);
    line_merge(l, 7, 2, 6);
}

TEST(a_culprit_inside_a_merged_branch_is_found_there) {
    for (size_t culprit = 0; culprit < 10; culprit++) {
        struct line line;
        struct search s;
        struct search_options o = line_options();
        struct line_world w = {.culprit = culprit};
        size_t at;
        make_branch(&line);
        REQUIRE(search_init(&s, line.commits, 10, &o) == 0);
        EXPECT_INT(line_search(&s, &w, &at), SEARCH_CULPRIT);
        EXPECT_INT(at, culprit);
        search_done(&s);
    }
}

/* Eight branches of one commit each, beside a line of sixteen: none is entered when the line
 * itself has the culprit. */
TEST(branches_are_not_entered_while_the_line_decides) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 31};
    size_t at;
    line_make(&line, 32);
    for (size_t t = 3; t < 24; t += 3) { /* t is a branch from t − 2, merged by t + 1 */
        line_merge(&line, t, (int32_t)t - 2, ANCESTRY_NONE);
        line_merge(&line, t + 1, (int32_t)t - 1, (int32_t)t);
    }
    REQUIRE(search_init(&s, line.commits, 32, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_CULPRIT);
    for (size_t t = 3; t < 24; t += 3)
        EXPECT_INT(w.asked[t], 0);
    search_done(&s);
}

TEST(a_likelier_commit_is_tried_earlier) {
    int even = 0, hinted = 0;
    for (int hint = 0; hint < 2; hint++) {
        struct line line;
        struct search s;
        struct search_options o = line_options();
        struct line_world w = {.culprit = 40};
        size_t at;
        line_make(&line, 100);
        line.commits[40].weight = hint ? 1000 : 1;
        REQUIRE(search_init(&s, line.commits, 100, &o) == 0);
        EXPECT_INT(line_search(&s, &w, &at), SEARCH_CULPRIT);
        *(hint ? &hinted : &even) = search_builds(&s);
        search_done(&s);
    }
    EXPECT(hinted < even);
}

TEST(a_budget_that_is_spent_leaves_suspects) {
    struct line line;
    struct search s;
    struct search_options o = line_options();
    struct line_world w = {.culprit = 40};
    size_t at, suspects[100];
    double rest;
    o.max_builds = 3;
    line_make(&line, 100);
    REQUIRE(search_init(&s, line.commits, 100, &o) == 0);
    EXPECT_INT(line_search(&s, &w, &at), SEARCH_UNDECIDED);
    EXPECT_INT(search_builds(&s), 3);
    EXPECT(search_suspects(&s, suspects, &rest) > 1);
    search_done(&s);
}

TEST(an_empty_range_is_refused) {
    struct search s;
    struct search_options o = line_options();
    EXPECT_INT(search_init(&s, NULL, 0, &o), ERR_NOTNOW);
}
