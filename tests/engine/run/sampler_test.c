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

/* One by one: the definition of the best and the next best. */
static struct choice define_greedy(const float *scores, int64_t n) {
    int64_t best = 0, next = -1;
    for (int64_t i = 1; i < n; i++) {
        if (scores[i] > scores[best] || (isnan(scores[i]) && !isnan(scores[best]))) {
            next = best;
            best = i;
        } else if (next < 0 || scores[i] > scores[next]) {
            next = i;
        }
    }
    return (struct choice){(int32_t)best, scores[best], (int32_t)next, 0};
}

TEST(blocks_give_the_two_best_of_all) {
    static float scores[1100];
    static const float odd[] = {-INFINITY, NAN, INFINITY, -0.0F};
    uint32_t random = 1;
    for (int round = 0; round < 20000; round++) {
        int64_t n = round % 1100 + 1;
        int steps = 1 + round % 7 * (round % 7) * 40;
        for (int64_t i = 0; i < n; i++) {
            random = random * 1103515245 + 12345;
            scores[i] = (float)((int)(random >> 16) % steps);
            if (round % 5 < 4 && random % 997 < 3)
                scores[i] = odd[round % 5];
            if (round % 11 == 0)
                scores[i] = i == round % n ? 1 : -INFINITY;
        }
        struct choice got = sampler_greedy(scores, n), want = define_greedy(scores, n);
        if (got.id != want.id || got.runner != want.runner) {
            EXPECT_INT(got.id, want.id);
            EXPECT_INT(got.runner, want.runner);
        }
    }
    EXPECT(true);
}

TEST(a_draw_is_the_largest_ratio_of_all_with_few_and_with_many_left) {
    enum { VOCAB = 5000 };
    static float scores[VOCAB], probs[VOCAB];
    for (uint32_t i = 0; i < 60; i++) {
        struct noise noise = {.seed = 3, .step = i};
        for (int j = 0; j < VOCAB; j++)
            scores[j] =
                i % 3 == 0 && j % 100 ? -INFINITY : (float)((j * 7919 + (int)i) % 1000) / 99;
        int32_t id = sampler_draw(scores, probs, VOCAB, &noise).id, best = -1;
        float ratio = -1;
        for (uint32_t j = 0; j < VOCAB; j++) {
            float r = probs[j] / (float)philox_exponential(3, i, 0, j);
            best = r > ratio ? (int32_t)j : best;
            ratio = r > ratio ? r : ratio;
        }
        EXPECT_INT(id, best);
    }
}
