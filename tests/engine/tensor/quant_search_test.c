/* SPDX-License-Identifier: Apache-2.0 */
/* The search for Q4_K and Q6_K: one answer, whatever the vectors are wide and whatever is beside.
 */
#include "engine/tensor/quant_search.h"

#include <math.h>
#include <string.h>

#include "tests/test.h"

enum { BLOCKS = 48, COUNT = BLOCKS * 256 };

/* Numbers of many kinds, a block each: of one size, of many, on one side, mostly or wholly 0, tiny,
 * huge, and what no block holds. */
static void draw_block(float *out, int kind, uint64_t *state) {
    for (int i = 0; i < 256; i++) {
        int group = i / 32;
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        float u = (float)(int32_t)(*state >> 32) / 0x1p31f,
              v = (float)(*state >> 11 & 0xffff) / 0x1p16f;
        const float of[8] = {u * 0.1f,
                             u * u * u,
                             v + 0.5f * (float)group,
                             v < 0.9f ? 0 : u,
                             i < 64 ? 0 : u,
                             ldexpf(u, -60 - i % 90),
                             ldexpf(u, i % 20),
                             i == 99 ? INFINITY : u};
        out[i] = of[kind];
    }
}

static const float *numbers(void) {
    static float x[COUNT];
    uint64_t state = 12;
    for (int b = 0; b < BLOCKS; b++)
        draw_block(x + b * 256, b % 8, &state);
    return x;
}

static bool same(const struct quant_found *a, const struct quant_found *b) {
    bool is = a->d == b->d && a->dmin == b->dmin;
    for (int i = 0; i < QUANT_GROUPS_MAX; i++)
        is &= a->s[i] == b->s[i] && a->m[i] == b->m[i];
    for (int i = 0; i < QUANT_BLOCK_MAX; i++)
        is &= a->q[i] == b->q[i];
    return is;
}

static void compare(const struct quant_level *level, enum dtype dtype, int blocks, int at) {
    struct quant_found a[QUANT_SEARCH_BLOCKS], b[QUANT_SEARCH_BLOCKS];
    const float *x = numbers() + at * 256;
    EXPECT_INT(level->search(a, dtype, x, blocks), quant_search_plain(b, dtype, x, blocks));
    for (int i = 0; i < blocks; i++)
        (void)test_check(same(&a[i], &b[i]), __FILE__, __LINE__, "%s, %s: block %d is another",
                         level->name, dtype_name(dtype), at + i);
}

TEST(every_width_finds_the_same) {
    for (const struct quant_level *level = quant_levels; level->name; level++) {
        if (!level->has())
            continue;
        for (int at = 0; at + 1 < BLOCKS; at++) {
            compare(level, DTYPE_Q4_K, 2, at);
            compare(level, DTYPE_Q4_K, 1, at);
            compare(level, DTYPE_Q6_K, 1, at);
        }
    }
}

TEST(a_block_does_not_change_the_one_beside_it) {
    struct quant_found two[2], one;
    for (int at = 0; at + 1 < BLOCKS; at++)
        for (int i = 0; i < 2; i++) {
            (void)quant_search(two, DTYPE_Q4_K, numbers() + at * 256, 2);
            (void)quant_search(&one, DTYPE_Q4_K, numbers() + (at + i) * 256, 1);
            EXPECT(same(&two[i], &one));
        }
}

/* FNV-1a. */
static uint64_t digest(const void *bytes, size_t size) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* What was found when one group was searched after the other; faster ways find it too. */
TEST(the_blocks_found_are_those_of_the_first_search) {
    static struct quant_q4_k q4[BLOCKS];
    static struct quant_q6_k q6[BLOCKS];
    EXPECT(!quant_encode(q4, DTYPE_Q4_K, numbers(), COUNT));
    EXPECT(!quant_encode(q6, DTYPE_Q6_K, numbers(), COUNT));
    EXPECT(digest(q4, sizeof(q4)) == UINT64_C(0x787ed2f8e184ab5e));
    EXPECT(digest(q6, sizeof(q6)) == UINT64_C(0x780ccdf78cb7cf08));
}
