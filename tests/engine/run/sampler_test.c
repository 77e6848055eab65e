/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/sampler.h"

#include <stdlib.h>

#include "engine/run/philox.h"
#include "tests/test.h"

TEST(philox_gives_the_numbers_of_its_paper) {
    const uint32_t zero[4] = {0, 0, 0, 0}, key[2] = {0, 0};
    uint32_t out[4];
    philox_block(zero, key, out);
    EXPECT_INT(out[0], 0x6627e8d5U);
    EXPECT_INT(out[1], 0xe169c58dU);
    EXPECT_INT(out[2], 0xbc57ac4cU);
    EXPECT_INT(out[3], 0x9b00dbd8U);
}

TEST(exponential_draws_have_mean_one_and_never_vanish) {
    double sum = 0, least = 1;
    for (uint32_t i = 0; i < 20000; i++) {
        double q = philox_exponential(7, 3, 1, i);
        sum += q;
        least = q < least ? q : least;
    }
    EXPECT(fabs(sum / 20000 - 1) < 0.03);
    EXPECT(least > 0);
}

TEST(greedy_takes_the_lowest_of_equals_and_tells_the_margin) {
    const float scores[] = {1, 4, 4, 3.5F};
    struct choice c = sampler_greedy(scores, 4);
    EXPECT_INT(c.id, 1);
    EXPECT_INT(c.runner, 2);
    EXPECT(c.margin == 0);
    c = sampler_greedy(scores + 2, 2);
    EXPECT_INT(c.id, 0);
    EXPECT(c.margin == 0.5F);
}

TEST(given_noise_decides_by_ratio) {
    const float scores[] = {0, 0, -INFINITY}, q[] = {2, 1, 1e-9F};
    float probs[3];
    struct noise noise = {.q = q};
    EXPECT_INT(sampler_draw(scores, probs, 3, &noise).id, 1);
}

TEST(draws_repeat_and_follow_the_distribution) {
    const float scores[] = {logf(0.5F), logf(0.3F), logf(0.2F)};
    int counts[3] = {0};
    float probs[3];
    for (uint32_t i = 0; i < 20000; i++) {
        struct noise noise = {.seed = 11, .step = i};
        int32_t id = sampler_draw(scores, probs, 3, &noise).id;
        EXPECT_INT(sampler_draw(scores, probs, 3, &noise).id, id);
        counts[id]++;
    }
    EXPECT(abs(counts[0] - 10000) < 300 && abs(counts[1] - 6000) < 300);
}
