/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { SPANS = 60, ROUNDS = 200 };

static uint32_t state = 1;
static uint32_t draw(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static size_t padded(size_t size) {
    return (size + 63) / 64 * 64;
}

static bool collide(const struct memory_span *a, const struct memory_span *b, bool reuse) {
    bool in_time = !reuse || (a->first <= b->last && b->first <= a->last);
    return in_time && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static int collisions(const struct memory_span *spans, bool reuse) {
    int count = 0;
    for (int i = 0; i < SPANS; i++)
        for (int j = 0; j < i; j++)
            count += collide(&spans[i], &spans[j], reuse);
    return count;
}

/* Bytes alive at once: no layout can do with less. */
static size_t peak(const struct memory_span *spans) {
    size_t most = 0;
    for (int node = 0; node < 40; node++) {
        size_t sum = 0;
        for (int i = 0; i < SPANS; i++)
            sum += spans[i].first <= node && node <= spans[i].last ? padded(spans[i].size) : 0;
        most = sum > most ? sum : most;
    }
    return most;
}

TEST(spans_that_live_at_once_never_share_a_byte_and_all_offsets_are_aligned) {
    double over = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct memory_span spans[SPANS];
        size_t reused = 0, apart = 0, sum = 0;
        for (int i = 0; i < SPANS; i++) {
            int first = (int)draw(30);
            spans[i] = (struct memory_span){
                .size = draw(5) ? draw(2000) : 0, .first = first, .last = first + (int)draw(10)};
            sum += padded(spans[i].size);
        }
        REQUIRE(memory_layout(spans, SPANS, true, &reused) == 0);
        EXPECT_INT(collisions(spans, true), 0);
        for (int i = 0; i < SPANS; i++)
            EXPECT(spans[i].offset % 64 == 0 && spans[i].offset + padded(spans[i].size) <= reused);
        EXPECT(reused >= peak(spans));
        over += (double)reused / (double)peak(spans);
        REQUIRE(memory_layout(spans, SPANS, false, &apart) == 0);
        EXPECT_INT(collisions(spans, false), 0);
        EXPECT_INT(apart, sum);
    }
    EXPECT(over / ROUNDS < 1.15); /* close to the least that is possible */
}

TEST(a_layout_does_not_depend_on_anything_but_the_spans) {
    struct memory_span a[] = {
        {100, 0, 1, 0},
        {100, 0, 1, 0},
        {300, 1, 2, 0},
        {100, 2, 3, 0}
    };
    struct memory_span b[4];
    size_t total;
    memcpy(b, a, sizeof(b));
    REQUIRE(memory_layout(a, 4, true, &total) == 0);
    REQUIRE(memory_layout(b, 4, true, &total) == 0);
    EXPECT(memcmp(a, b, sizeof(a)) == 0);
    EXPECT_INT(total, 320 + 128 + 128);
    EXPECT(a[2].offset == 0 && a[0].offset == 320 && a[1].offset == 448 && a[3].offset == 320);
}

TEST(more_than_can_be_addressed_is_refused) {
    struct memory_span spans[] = {
        {SIZE_MAX / 2 - 100, 0, 1, 0},
        {200,                0, 1, 0}
    };
    size_t total = 7;
    EXPECT_INT(memory_layout(spans, 2, true, &total), ERR_LIMIT);
    spans[0].size = SIZE_MAX - 3;
    EXPECT_INT(memory_layout(spans, 1, true, &total), ERR_LIMIT);
    EXPECT_INT(total, 7);
    EXPECT_INT(memory_layout(spans, 0, true, &total), 0);
    EXPECT_INT(total, 0);
}
