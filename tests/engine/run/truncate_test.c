/* SPDX-License-Identifier: Apache-2.0 */
/* The truncations against their definitions, which sort everything. */
#include <stdlib.h>

#include "engine/run/processors.h"
#include "tests/test.h"

enum { VOCAB = 3000 };

static float scores[VOCAB], expected[VOCAB], probs[VOCAB];
static int32_t order[VOCAB];
static uint64_t state = 88172645463325252U;

static double draw(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

/* Scores of some spread, many of them equal when there are few steps; some gone, some NaN. */
static void fill(double spread, double steps, double gone, double nan) {
    for (int i = 0; i < VOCAB; i++) {
        scores[i] = (float)(floor(draw() * steps) / steps * spread);
        if (draw() < gone)
            scores[i] = -INFINITY;
        if (draw() < nan)
            scores[i] = NAN;
        expected[i] = scores[i];
    }
}

static int rising(const void *a, const void *b) {
    int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    float x = expected[i], y = expected[j];
    return x < y ? -1 : x > y ? 1 : i > j ? -1 : i < j;
}

static int sort_alive(void) {
    int len = 0;
    for (int i = 0; i < VOCAB; i++)
        if (expected[i] > -INFINITY)
            order[len++] = i;
    qsort(order, (size_t)len, sizeof(*order), rising);
    return len;
}

static void define_top_k(int64_t k) {
    int alive = sort_alive(), numbers = 0;
    for (int i = 0; i < VOCAB; i++)
        numbers += !isnan(expected[i]);
    if (k <= 0 || k >= VOCAB || numbers < k || alive < k)
        return;
    float limit = expected[order[alive - k]];
    for (int i = 0; i < VOCAB; i++)
        if (expected[i] < limit)
            expected[i] = -INFINITY;
}

static void define_top_p(double top_p) {
    float top = -INFINITY, limit = (float)(1 - top_p);
    double total = 0, sum = 0;
    for (int i = 0; i < VOCAB; i++)
        top = expected[i] > top ? expected[i] : top;
    for (int i = 0; i < VOCAB; i++)
        total += (double)(probs[i] = expf(expected[i] - top));
    int alive = sort_alive();
    for (int i = 0; i + 1 < alive && top_p < 1; i++) {
        sum += (double)(probs[order[i]] / (float)total);
        if ((float)sum > limit)
            break;
        expected[order[i]] = -INFINITY;
    }
}

static bool is_same(void) {
    for (int i = 0; i < VOCAB; i++)
        if (!(scores[i] == expected[i]) && !(isnan(scores[i]) && isnan(expected[i])))
            return false;
    return true;
}

/* Spreads and steps of many kinds of distributions. */
static const double spreads[] = {0, 0.001, 1, 10, 80, 1000};
static const double steps[] = {1, 3, 50, 1e9};

static void check(int64_t top_k, double top_p, double gone, double nan) {
    struct scores_scratch scratch;
    struct generation g;
    generation_init(&g);
    g.top_k = top_k;
    g.top_p = top_p;
    REQUIRE(scores_init(&scratch, VOCAB) == 0);
    struct row row = {.settings = &g, .scratch = &scratch, .scores = scores};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 4; j++) {
            fill(spreads[i], steps[j], gone, nan);
            truncate_top_k(&row);
            define_top_k(top_k);
            EXPECT(is_same());
            truncate_top_p(&row);
            define_top_p(top_p);
            EXPECT(is_same());
        }
    }
    scores_done(&scratch);
}

TEST(what_is_not_sorted_is_kept_as_if_it_were) {
    static const int64_t ks[] = {0, 1, 2, 5, 11, 12, 13, 50, 1000, VOCAB - 1, VOCAB};
    static const double ps[] = {0, 0.001, 0.1, 0.5, 0.9, 0.999, 0.9999999, 1};
    for (int k = 0; k < 11; k++)
        for (int p = 0; p < 8; p++)
            check(ks[k], ps[p], 0, 0);
}

TEST(what_was_gone_before_stays_gone_and_nan_stays) {
    for (int k = 0; k < 60; k += 12) {
        check(k, 0.9, 0.5, 0);
        check(k, 0.9, 0.999, 0);
        check(k, 0.9, 1, 0);
        check(k, 1, 0.1, 0.001);
        check(k, 0.9, 0.1, 0.001);
        check(k, 0.9, 0.99, 0.5);
    }
}

/* Sums that hit the limit exactly: 2^n equal tokens and a limit of some of them. */
TEST(a_sum_at_the_limit_is_decided_as_the_definition_decides) {
    struct scores_scratch scratch;
    struct generation g;
    generation_init(&g);
    REQUIRE(scores_init(&scratch, VOCAB) == 0);
    struct row row = {.settings = &g, .scratch = &scratch, .scores = scores};
    for (int cut = 0; cut <= 2048; cut += 64) {
        g.top_p = 1 - cut / 2048.0;
        for (int i = 0; i < VOCAB; i++)
            scores[i] = expected[i] = i < 2048 ? 1 : -INFINITY;
        truncate_top_p(&row);
        define_top_p(g.top_p);
        EXPECT(is_same());
    }
    scores_done(&scratch);
}
