/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/simd/simd.h"
#include "tests/simd/numbers.h"
#include "tests/test.h"

static uint32_t both(uint32_t a, uint32_t b) {
    return a & b;
}
static uint32_t either(uint32_t a, uint32_t b) {
    return a | b;
}
static uint32_t sum_of(uint32_t a, uint32_t b) {
    return a + b;
}
static uint32_t product(uint32_t a, uint32_t b) {
    return a * b;
}

#define PAIRS(X)      \
    X(vi_and, both)   \
    X(vi_or, either)  \
    X(vi_add, sum_of) \
    X(vi_mul, product)
#define SHIFTS(X) \
    X(0)          \
    X(1)          \
    X(4)          \
    X(7)          \
    X(8)          \
    X(16)         \
    X(24)         \
    X(31)

static void expect_word(const char *what, int32_t got, int32_t want, int lane) {
    (void)test_check(got == want, __FILE__, __LINE__, "%s: lane %d is %d, not %d", what, lane, got,
                     want);
}

TEST(words_wrap_around_as_unsigned_ones) {
    int32_t a[VL], b[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_words(a, VL, round, 0);
        numbers_words(b, VL, round, 1);
#define CHECK(ours, theirs)                      \
    vi_store(got, ours(vi_load(a), vi_load(b))); \
    for (int i = 0; i < VL; i++)                 \
        expect_word(#ours, got[i], (int32_t)theirs((uint32_t)a[i], (uint32_t)b[i]), i);
        PAIRS(CHECK)
#undef CHECK
    }
}

TEST(shifts_bring_in_zeros_or_the_sign) {
    int32_t a[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_words(a, VL, round, 0);
#define CHECK(bits)                                                                     \
    vi_store(got, vi_right(vi_load(a), bits));                                          \
    for (int i = 0; i < VL; i++)                                                        \
        expect_word("vi_right " #bits, got[i], (int32_t)((uint32_t)a[i] >> (bits)), i); \
    vi_store(got, vi_left(vi_load(a), bits));                                           \
    for (int i = 0; i < VL; i++)                                                        \
        expect_word("vi_left " #bits, got[i], (int32_t)((uint32_t)a[i] << (bits)), i);  \
    vi_store(got, vi_right_signed(vi_load(a), bits));                                   \
    for (int i = 0; i < VL; i++)                                                        \
        expect_word("vi_right_signed " #bits, got[i], a[i] >> (bits), i);
        SHIFTS(CHECK)
#undef CHECK
    }
}

TEST(words_become_floats_and_floats_the_nearest_even_words) {
    int32_t words[VL], back[VL];
    float floats[VL], halves[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_words(words, VL, round, 0);
        vf_store(floats, vi_float(vi_load(words)));
        for (int i = 0; i < VL; i++) {
            (void)test_check(numbers_same(floats[i], (float)words[i]), __FILE__, __LINE__,
                             "%d became %a", words[i], (double)floats[i]);
            halves[i] = (float)(words[i] % (1 << 22)) / 2; /* ties, half of the time */
        }
        vi_store(back, vf_int(vf_load(halves)));
        for (int i = 0; i < VL; i++)
            expect_word("vf_int", back[i], (int32_t)lrintf(halves[i]), i);
    }
}

TEST(bytes_are_saturated_and_no_other_is_written) {
    int32_t words[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        int8_t *end = numbers_edge(VL);
        numbers_words(words, VL, round, 0);
        if (round % 2)
            for (int i = 0; i < VL; i++)
                words[i] %= 300;
        vi_store_bytes(end, vi_load(words));
        for (int i = 0; i < VL; i++)
            expect_word("vi_store_bytes", end[i],
                        words[i] > 127    ? 127
                        : words[i] < -128 ? -128
                                          : words[i],
                        i);
    }
}

/* c + Σ (u - offset)·s of four neighbours. */
static int32_t dot(int32_t c, const uint8_t *u, const uint8_t *s, int offset) {
    uint32_t sum = (uint32_t)c;
    for (int i = 0; i < 4; i++)
        sum += (uint32_t)((u[i] - offset) * (int8_t)s[i]);
    return (int32_t)sum;
}

TEST(dots_of_bytes_add_four_products_a_lane) {
    uint8_t u[4 * VL], wide[4 * VL], s[4 * VL];
    int32_t c[VL], got[VL];
    for (int round = 0; round < NUMBERS_ROUNDS; round++) {
        numbers_bytes(u, 4 * VL, 0, 127, round, 0);
        numbers_bytes(wide, 4 * VL, 0, 255, round, 2);
        numbers_bytes(s, 4 * VL, -127, 127, round, 1);
        numbers_words(c, VL, round, 3);
        for (int i = 0; i < VL; i++)
            c[i] /= 4;
        vi_store(got, vi_dot(vi_load(c), vi_load(u), vi_load(s)));
        for (int i = 0; i < VL; i++)
            expect_word("vi_dot", got[i], dot(c[i], u + 4 * i, s + 4 * i, 0), i);
        vi_store(got, vi_dot_wide(vi_load(c), vi_load(wide), vi_load(s)));
        for (int i = 0; i < VL; i++)
            expect_word("vi_dot_wide", got[i], dot(c[i], wide + 4 * i, s + 4 * i, 128 - VI_OFFSET),
                        i);
    }
}
