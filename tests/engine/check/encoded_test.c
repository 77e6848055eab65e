/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/encoded.h"

#include <math.h>

#include "engine/tensor/quant.h"
#include "tests/test.h"

/* ---- numbers that weights may be ---- */

static uint64_t state;

static double uniform(void) { /* 0 … 1, neither of them */
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) * 0x1p-31;
}

static double normal(void) {
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static double of_normal(int i) {
    (void)i;
    return normal();
}

static double of_cauchy(int i) {
    (void)i;
    return tan(3.14159 * (uniform() - 0.5));
}

static double of_sparse(int i) {
    (void)i;
    return uniform() < 0.1 ? normal() : 0;
}

static double of_lognormal(int i) {
    (void)i;
    return exp(2 * normal()) * (uniform() < 0.5 ? -1 : 1);
}

static double of_shifted(int i) {
    (void)i;
    return 5 + 0.1 * normal();
}

static double of_outliers(int i) {
    return i % 32 == 7 ? 14 : normal();
}

static double of_scales(int i) { /* four decades of them */
    return normal() * pow(10, (double)(i / 16 % 5) - 3);
}

static double of_zeros_between(int i) {
    return i / 32 % 2 ? normal() : 0;
}

static double of_tiny(int i) { /* scales that f16 has few bits for */
    (void)i;
    return normal() * 1e-4;
}

static double of_nothing(int i) {
    (void)i;
    return 0;
}

static double of_one(int i) {
    (void)i;
    return 1;
}

static const struct numbers {
    const char *name;
    double (*draw)(int i);
} drawn[] = {
    {"normal",        of_normal       },
    {"cauchy",        of_cauchy       },
    {"sparse",        of_sparse       },
    {"lognormal",     of_lognormal    },
    {"shifted",       of_shifted      },
    {"outliers",      of_outliers     },
    {"scales",        of_scales       },
    {"zeros between", of_zeros_between},
    {"tiny",          of_tiny         },
    {"nothing",       of_nothing      },
    {"one",           of_one          },
};

static const enum dtype dtypes[] = {DTYPE_Q8_0, DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};

/* ---- what they become ---- */

enum { NUMBERS = 16384 };

/* Of what our encoder makes, after `spoil` had the bytes of each 256 numbers (NULL = as it is). */
struct made {
    struct encoded all;
    int64_t stray;
};

static struct made make(enum dtype dtype, double (*draw)(int i), void (*spoil)(uint8_t *bytes)) {
    static float numbers[NUMBERS];
    static double x[NUMBERS], y[NUMBERS];
    static struct numbers_gap gaps[NUMBERS];
    static uint8_t bytes[NUMBERS * 2];
    struct made made = {.all = {.dtype = dtype}};
    size_t size = numbers_size(dtype) * (size_t)(256 / numbers_block(dtype));
    state = 1;
    for (int i = 0; i < NUMBERS; i++)
        x[i] = numbers[i] = (float)(0.02 * draw(i));
    EXPECT(quant_encode(bytes, dtype, numbers, NUMBERS));
    for (int at = 0; spoil && at < NUMBERS / 256; at++)
        spoil(bytes + (size_t)at * size);
    numbers_read(y, gaps, dtype, bytes, NUMBERS);
    made.stray = encoded_row(&made.all, x, y, gaps, NUMBERS);
    return made;
}

TEST(what_our_encoders_make_of_any_numbers_is_near) {
    for (size_t d = 0; d < sizeof(dtypes) / sizeof(dtypes[0]); d++)
        for (size_t k = 0; k < sizeof(drawn) / sizeof(drawn[0]); k++) {
            struct made m = make(dtypes[d], drawn[k].draw, NULL);
            (void)test_check(m.stray == -1 && encoded_is_near(&m.all), __FILE__, __LINE__,
                             "%s in %s: stray %lld, off by %.4g, plainly by %.4g", drawn[k].name,
                             dtype_name(dtypes[d]), (long long)m.stray, encoded_off(&m.all),
                             encoded_plain(&m.all));
        }
}

TEST(nothing_is_off_by_nothing) {
    struct made m = make(DTYPE_Q4_K, of_nothing, NULL);
    EXPECT(m.stray == -1 && encoded_is_near(&m.all));
    EXPECT(encoded_off(&m.all) == 0 && encoded_plain(&m.all) == 0);
}

/* The plainest encoding is the one that those two formats have. */
TEST(q8_0_and_q4_0_are_as_near_as_the_plainest) {
    for (size_t d = 0; d < 2; d++) {
        struct made m = make(dtypes[d], of_tiny, NULL);
        EXPECT(fabs(encoded_off(&m.all) / encoded_plain(&m.all) - 1) < 1e-3);
    }
}

/* ---- what is spoiled ---- */

static void next_place(uint8_t *bytes) { /* of the first number of Q8_0 */
    bytes[2] = (uint8_t)(bytes[2] == 127 ? 126 : bytes[2] + 1);
}

static void another_min(uint8_t *bytes) { /* of the fifth group of Q4_K */
    bytes[4 + 8] ^= 0x40;
}

static void smaller_scale(uint8_t *bytes) { /* and Q4_0's first 32 numbers are cut off by it */
    bytes[1] -= 4;
    for (int i = 2; i < 18; i++)
        bytes[i] = 0;
}

static void no_scales(uint8_t *bytes) {
    bytes[208] = bytes[209] = 0;
}

TEST(a_number_that_is_at_the_next_place_is_found) {
    EXPECT_INT(make(DTYPE_Q8_0, of_normal, next_place).stray, 0);
    int64_t in_group = make(DTYPE_Q4_K, of_normal, another_min).stray;
    EXPECT(in_group >= 128 && in_group < 160);
    EXPECT(make(DTYPE_Q4_0, of_normal, smaller_scale).stray >= 0);
}

/* Grids of one number have it as the nearest of all. */
TEST(scales_that_lose_the_numbers_are_found) {
    struct made m = make(DTYPE_Q6_K, of_normal, no_scales);
    EXPECT_INT(m.stray, -1);
    EXPECT(!encoded_is_near(&m.all));
}

TEST(what_is_no_number_is_not_near) {
    const double x[32] = {0}, y[32] = {[5] = (double)NAN};
    const struct numbers_gap gaps[32] = {
        {HUGE_VAL, HUGE_VAL}
    };
    struct encoded e = {.dtype = DTYPE_Q8_0};
    EXPECT_INT(encoded_row(&e, x, y, gaps, 32), 5);
    EXPECT(!encoded_is_near(&e));
}
