/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/map.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "tests/test.h"

enum { MANY = 151000 };

static uint32_t found(const struct map *m, const char *key) {
    uint32_t value = UINT32_MAX;
    return map_find_str(m, key, &value) ? value : UINT32_MAX;
}

TEST(add_keeps_and_set_overwrites) {
    struct map m;
    map_init(&m, 0);
    uint32_t value = 7;
    EXPECT(!map_find_str(&m, "a", &value));
    EXPECT_INT(value, 7);
    EXPECT(map_add(&m, "a", 1, 1));
    EXPECT(!map_add(&m, "a", 1, 2));
    EXPECT_INT(found(&m, "a"), 1);
    map_set(&m, "a", 1, 3);
    map_set(&m, "b", 1, 4);
    EXPECT_INT(found(&m, "a"), 3);
    EXPECT_INT(found(&m, "b"), 4);
    EXPECT_INT(m.count, 2);
    map_done(&m);
    map_done(&m);
}

TEST(keys_are_bytes_of_any_value_and_length) {
    struct map m;
    map_init(&m, 3);
    EXPECT(map_add(&m, "", 0, 1));
    EXPECT(!map_add(&m, NULL, 0, 2));
    EXPECT(map_add(&m, "a\0b", 3, 3));
    EXPECT(map_add(&m, "a\0c", 3, 4));
    EXPECT(map_add(&m, "a", 1, 5));
    EXPECT_INT(found(&m, ""), 1);
    EXPECT_INT(found(&m, "a"), 5);
    uint32_t value = 0;
    EXPECT(map_find(&m, "a\0c", 3, &value) && value == 4);
    EXPECT(map_find(&m, NULL, 0, &value) && value == 1);
    EXPECT(!map_find(&m, "a\0d", 3, &value));
    map_done(&m);
}

/* Keys of a vocabulary's size, grown into or expected. */
static void fill_and_look(size_t expect) {
    struct map m;
    map_init(&m, expect);
    size_t cap = m.cap;
    char(*keys)[16] = calloc(MANY, sizeof(*keys));
    REQUIRE(keys != NULL);
    int64_t begin = clock_mono_ns();
    bool all = true;
    for (uint32_t i = 0; i < MANY; i++) {
        int len = snprintf(keys[i], sizeof(keys[i]), "token%u", i * 7);
        all = map_add(&m, keys[i], (size_t)len, i) && all;
    }
    EXPECT(all);
    EXPECT_INT(m.count, MANY);
    EXPECT(expect == 0 || m.cap == cap); /* what was expected needs no growth */
    for (uint32_t i = 0; i < MANY; i++)
        all = found(&m, keys[i]) == i && all;
    EXPECT(all);
    EXPECT(found(&m, "token1") == UINT32_MAX);
    printf("      %d keys in %.1f ms\n", MANY, (double)(clock_mono_ns() - begin) / 1e6);
    map_done(&m);
    free(keys);
}

TEST(a_vocabulary_is_found_after_growth) {
    fill_and_look(0);
}
TEST(a_vocabulary_that_was_expected_never_grows) {
    fill_and_look(MANY);
}

TEST(all_lengths_of_one_byte_hash_apart) {
    char zeros[1000] = {0};
    struct map m;
    map_init(&m, 0);
    for (uint32_t i = 0; i < sizeof(zeros); i++)
        EXPECT(map_add(&m, zeros, i, i));
    uint32_t value = 0;
    for (uint32_t i = 0; i < sizeof(zeros); i++)
        EXPECT(map_find(&m, zeros, i, &value) && value == i);
    map_done(&m);
}

TEST(the_hash_is_the_same_all_through_a_process) {
    EXPECT(map_hash("abc", 3) == map_hash("abc", 3));
    EXPECT(map_hash("abc", 3) != map_hash("abd", 3));
    EXPECT(map_hash("abc", 2) != map_hash("abc", 3));
}

TEST(keys_that_share_a_slot_are_told_apart) {
    char keys[64][24];
    size_t count = 0;
    uint64_t want = map_hash("seed", 4) >> 32 & 15;
    for (int i = 0; count < 64; i++) { /* 64 keys whose first probe is one slot of 16 */
        int len = snprintf(keys[count], sizeof(keys[count]), "k%d", i);
        count += (map_hash(keys[count], (size_t)len) >> 32 & 15) == want;
    }
    struct map m;
    map_init(&m, 0);
    for (uint32_t i = 0; i < 64; i++)
        EXPECT(map_add(&m, keys[i], strlen(keys[i]), i));
    for (uint32_t i = 0; i < 64; i++)
        EXPECT_INT(found(&m, keys[i]), i);
    map_done(&m);
}
