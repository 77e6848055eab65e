/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/sum.h"

#include <stdlib.h>

#include "tests/test.h"

enum { SIZE = 1000 };

static void fill(unsigned char *bytes, size_t size) {
    uint32_t random = 7;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)((random = random * 1103515245 + 12345) >> 24);
}

TEST(every_bit_counts) {
    unsigned char bytes[SIZE];
    fill(bytes, SIZE);
    uint64_t sum = sum_bytes(bytes, SIZE);
    for (size_t i = 0; i < 8 * SIZE; i++) {
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
        EXPECT(sum_bytes(bytes, SIZE) != sum);
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
    }
    EXPECT(sum_bytes(bytes, SIZE) == sum);
}

/* Of two flips in one sum, none must undo the other. */
TEST(two_bits_do_not_cancel) {
    unsigned char bytes[SIZE];
    fill(bytes, SIZE);
    uint64_t sum = sum_bytes(bytes, SIZE);
    for (size_t bit = 0; bit < 8; bit++)
        for (size_t a = 7; a < SIZE; a += 8)
            for (size_t b = a + 8; b < SIZE; b += 8) {
                bytes[a] ^= (unsigned char)(1u << bit);
                bytes[b] ^= (unsigned char)(1u << bit);
                EXPECT(sum_bytes(bytes, SIZE) != sum);
                bytes[a] ^= (unsigned char)(1u << bit);
                bytes[b] ^= (unsigned char)(1u << bit);
            }
}

TEST(order_and_length_count) {
    unsigned char bytes[SIZE] = {0};
    EXPECT(sum_bytes(bytes, 0) != sum_bytes(bytes, 1));
    for (size_t size = 1; size < SIZE; size++)
        EXPECT(sum_bytes(bytes, size) != sum_bytes(bytes, size - 1));
    for (size_t at = 8; at + 8 <= SIZE; at += 8) {
        bytes[0] = 1;
        uint64_t first = sum_bytes(bytes, SIZE);
        bytes[0] = 0;
        bytes[at] = 1;
        EXPECT(sum_bytes(bytes, SIZE) != first);
        bytes[at] = 0;
    }
}

TEST(the_sum_is_the_same_wherever_the_bytes_lie) {
    unsigned char bytes[SIZE], moved[SIZE + 8];
    fill(bytes, SIZE);
    for (size_t by = 0; by < 8; by++) {
        memcpy(moved + by, bytes, SIZE);
        EXPECT(sum_bytes(moved + by, SIZE) == sum_bytes(bytes, SIZE));
    }
}
