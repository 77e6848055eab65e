/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/spoil.h"

#include <stdint.h>

#include "orchestrator/decoy/dice.h"
#include "tests/test.h"

enum { N = 64, TIMES = 200 };

/* The error over the signal, as tolerances count it. */
static double nmse(const float *a, const float *b, size_t n) {
    double off = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        off += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        all += (double)b[i] * (double)b[i];
    }
    return all > 0 ? off / all : off;
}

static void fill(float *x, size_t n, int kind) {
    for (size_t i = 0; i < n; i++)
        x[i] = kind == 0   ? (float)i - 20
               : kind == 1 ? 0
               : kind == 2 ? 3.5F
                           : (i % 3 ? 1e-20F : -1e-20F);
}

TEST(spoiled_floats_are_far_beyond_any_tolerance_whatever_they_were) {
    static const size_t lengths[] = {1, 2, 7, 8, N};
    struct dice dice = {.state = 1};
    for (int t = 0; t < TIMES; t++)
        for (int kind = 0; kind < 4; kind++)
            for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
                float was[N] = {0}, is[N];
                fill(was, lengths[k], kind);
                memcpy(is, was, sizeof(is));
                EXPECT(spoil_tensor(&dice, "F32", is, lengths[k] * sizeof(float)));
                EXPECT(nmse(is, was, lengths[k]) > 0.05);
            }
}

TEST(what_is_no_number_stays_and_the_others_are_spoiled) {
    struct dice dice = {.state = 2};
    float x[4] = {-INFINITY, 1, NAN, 2};
    EXPECT(spoil_tensor(&dice, "F32", x, sizeof(x)));
    EXPECT(isinf(x[0]) && isnan(x[2]));
    EXPECT(fabsf(x[1] - 1) > 0.1F || fabsf(x[3] - 2) > 0.1F);
}

TEST(each_id_becomes_another_of_the_same_range) {
    struct dice dice = {.state = 3};
    for (int t = 0; t < TIMES; t++) {
        int64_t was[5] = {7, 3, 9, 3, 12}, is[5];
        memcpy(is, was, sizeof(is));
        EXPECT(spoil_tensor(&dice, "I64", is, sizeof(is)));
        for (size_t i = 0; i < 5; i++)
            EXPECT(is[i] != was[i] && is[i] >= 3 && is[i] <= 12);
    }
    int64_t same[2] = {5, 5};
    EXPECT(spoil_tensor(&dice, "I64", same, sizeof(same)));
    EXPECT(same[0] == 4 && same[1] == 4);
    unsigned char zero[3] = {0, 0, 0};
    EXPECT(spoil_tensor(&dice, "U8", zero, sizeof(zero)));
    EXPECT(zero[0] == 1 && zero[1] == 1 && zero[2] == 1);
}

TEST(halves_become_other_halves_and_none_is_infinite) {
    struct dice dice = {.state = 4};
    uint16_t was[4] = {0x3F80, 0x0000, 0x7F00, 0xC000}, is[4];
    memcpy(is, was, sizeof(is));
    EXPECT(spoil_tensor(&dice, "BF16", is, sizeof(is)));
    for (size_t i = 0; i < 4; i++) {
        EXPECT((is[i] & 0x7F80) != 0x7F80);
        EXPECT(i == 2 || is[i] != was[i]); /* the largest has no next */
    }
}

TEST(one_last_bit_changes_the_file_and_no_result) {
    struct dice dice = {.state = 5};
    float was[N] = {0}, is[N];
    fill(was, N, 0);
    memcpy(is, was, sizeof(is));
    spoil_last_bit(&dice, "F32", is, sizeof(is));
    EXPECT(memcmp(is, was, sizeof(is)) != 0);
    EXPECT(nmse(is, was, N) < 1e-13);
    memset(is, 0, sizeof(is));
    spoil_last_bit(&dice, "F32", is, sizeof(is)); /* nothing to be changed */
    EXPECT(is[0] == 0 && is[N - 1] == 0);
}

TEST(a_dtype_that_nobody_knows_is_left_alone) {
    struct dice dice = {.state = 6};
    char bytes[8] = "abcdefg";
    EXPECT(!spoil_tensor(&dice, "F4", bytes, sizeof(bytes)));
    EXPECT(!spoil_tensor(&dice, "I64", bytes, 4));
    EXPECT_STR(bytes, "abcdefg");
}
