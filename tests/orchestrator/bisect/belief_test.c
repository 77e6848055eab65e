/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/belief.h"

#include "tests/orchestrator/bisect/line.h"

static struct ancestry ancestry;
static struct ancestry_commit links[LINE_MAX_LEN];

static void open_belief(struct belief *b, size_t len, double q, double m) {
    static struct line line;
    double weights[LINE_MAX_LEN];
    line_make(&line, len);
    for (size_t t = 0; t < len; t++) {
        links[t] = line.commits[t].links;
        weights[t] = 1;
    }
    const struct rate hits = {1000 * q, 1000 * (1 - q)}, misses = {1000 * m, 1000 * (1 - m)};
    EXPECT_INT(ancestry_init(&ancestry, links, len), 0);
    belief_init(b, &ancestry, weights, &hits, &misses);
}

static void close_belief(struct belief *b) {
    belief_done(b);
    ancestry_done(&ancestry);
}

static double sum_of(const struct belief *b) {
    double sum = 0;
    for (size_t h = 0; h < b->len; h++)
        sum += b->posterior[h];
    return sum;
}

TEST(the_posterior_sums_to_one_and_begins_even) {
    struct belief b;
    open_belief(&b, 8, 0.02, 0.02);
    EXPECT(fabs(sum_of(&b) - 1) < 1e-12);
    EXPECT(fabs(b.posterior[0] - 0.12) < 1e-12);
    EXPECT(fabs(b.posterior[belief_before(&b)] - 0.02) < 1e-12);
    close_belief(&b);
}

/* Bayes' rule by hand: with q = m = 0.02 fixed, four commits, a failure at commit 1. */
TEST(a_failure_weighs_as_bayes_says) {
    struct belief b;
    open_belief(&b, 4, 0.02, 0.02);
    belief_see(&b, 1, OUTCOME_FAIL);
    double q = b.q, m = b.m;
    double broken = (0.24 + 0.24 + 0.02) * (1 - m), sound = (0.24 + 0.24 + 0.02) * q;
    EXPECT(fabs(b.posterior[0] - 0.24 * (1 - m) / (broken + sound)) < 2e-3);
    EXPECT(fabs(b.posterior[3] - 0.24 * q / (broken + sound)) < 2e-3);
    EXPECT(fabs(b.broken[1] - broken / (broken + sound)) < 2e-3);
    EXPECT(fabs(sum_of(&b) - 1) < 1e-12);
    close_belief(&b);
}

TEST(what_is_neither_pass_nor_the_same_failure_says_nothing) {
    struct belief b;
    open_belief(&b, 4, 0.02, 0.02);
    belief_see(&b, 1, OUTCOME_OTHER);
    belief_see(&b, 2, OUTCOME_SKIP);
    EXPECT(fabs(b.posterior[0] - 0.24) < 1e-12);
    close_belief(&b);
}

TEST(a_pass_and_a_failure_of_one_commit_are_weak) {
    struct belief b;
    open_belief(&b, 4, 0.02, 0.02);
    belief_see(&b, 1, OUTCOME_FAIL);
    belief_see(&b, 1, OUTCOME_PASS);
    EXPECT(fabs(b.broken[1] - 0.5) < 0.05);
    close_belief(&b);
}

TEST(contradictions_raise_the_rates_that_were_believed) {
    struct belief b;
    const struct rate quiet = {0, 40};
    const double weights[] = {1, 1, 1, 1};
    open_belief(&b, 4, 0.02, 0.02);
    belief_done(&b);
    belief_init(&b, &ancestry, weights, &quiet, &quiet);
    double before = b.q;
    for (int i = 0; i < 6; i++) {
        belief_see(&b, 4, OUTCOME_FAIL); /* the good end, now and then */
        belief_see(&b, 4, OUTCOME_PASS);
        belief_see(&b, 4, OUTCOME_PASS);
    }
    EXPECT(b.q > 5 * before);
    EXPECT(b.q < 0.42);
    close_belief(&b);
}

TEST(the_middle_tells_most_and_a_known_commit_little) {
    struct belief b;
    open_belief(&b, 9, 0.001, 0.001);
    for (size_t t = 0; t < 9; t++)
        EXPECT(belief_gain(&b, t) <= belief_gain(&b, 4) + 1e-12);
    EXPECT(belief_gain(&b, 4) > 0.95);
    belief_see(&b, 4, OUTCOME_FAIL);
    EXPECT(belief_gain(&b, 8) < 0.05);
    close_belief(&b);
}
