/* SPDX-License-Identifier: Apache-2.0 */
/* Where the level has tiles, or an emulation of them. */
#include "engine/backend/native/simd/tiles.h"
#include "tests/simd/numbers.h"
#include "tests/test.h"

#if SIMD_TILES
struct operands {
    uint8_t left[TILES_ROWS][TILES_BYTES], right[TILES_ROWS][TILES_BYTES];
    int32_t sum[TILES_ROWS][TILES_ROWS];
};

TEST(tiles_add_products_of_signed_with_unsigned_bytes) {
    static const int shapes[][3] = {
        {16, 16, 64},
        {6,  16, 32},
        {6,  16, 16},
        {1,  3,  4 }
    };
    struct operands o;
    int32_t got[TILES_ROWS][TILES_ROWS];
    for (int round = 0; round < 40; round++) {
        const int *shape = shapes[round % 4];
        numbers_bytes(o.left[0], sizeof(o.left), -128, 127, round, 0);
        numbers_bytes(o.right[0], sizeof(o.right), 0, 255, round, 1);
        numbers_words(o.sum[0], TILES_ROWS * TILES_ROWS, 100 + round, 2);
        memset(got, 0x55, sizeof(got));
        tiles_open(shape[0], shape[1], shape[2]);
        tiles_load(0, o.sum, (int64_t)sizeof(o.sum[0]));
        tiles_load(4, o.left, TILES_BYTES);
        tiles_load(6, o.right, TILES_BYTES);
        tiles_bytes(0, 4, 6);
        tiles_store(0, got, (int64_t)sizeof(got[0]));
        tiles_close();
        for (int m = 0; m < TILES_ROWS; m++)
            for (int n = 0; n < TILES_ROWS; n++) {
                uint32_t want = (uint32_t)o.sum[m][n];
                for (int i = 0; i < shape[2]; i++)
                    want += (uint32_t)((int8_t)o.left[m][i] * o.right[i / 4][n * 4 + i % 4]);
                if (m >= shape[0] || n >= shape[1])
                    want = 0x55555555;
                EXPECT_INT(got[m][n], (int32_t)want);
            }
    }
}

/* Whole numbers, so that nothing is rounded; and below the normal ones there is nothing. */
TEST(tiles_add_products_of_pairs_of_bf16) {
    uint16_t left[TILES_ROWS][32], right[TILES_ROWS][32];
    float sum[TILES_ROWS][TILES_ROWS], got[TILES_ROWS][TILES_ROWS];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < TILES_ROWS * 32; i++) {
            int32_t words[2];
            numbers_words(words, 2, 100 + round, i);
            left[i / 32][i % 32] = dtype_to_bf16((float)(words[0] % 100));
            right[i / 32][i % 32] = dtype_to_bf16((float)(words[1] % 100));
            sum[i / 32][i % 16] = (float)(words[0] % 1000);
        }
        left[3][5] = right[2][10] = 1; /* 2^-133 */
        tiles_open(TILES_ROWS, TILES_ROWS, TILES_BYTES);
        tiles_load(1, sum, (int64_t)sizeof(sum[0]));
        tiles_load(5, left, (int64_t)sizeof(left[0]));
        tiles_load(7, right, (int64_t)sizeof(right[0]));
        tiles_pairs(1, 5, 7);
        tiles_store(1, got, (int64_t)sizeof(got[0]));
        tiles_zero(1);
        tiles_store(1, sum, (int64_t)sizeof(sum[0]));
        tiles_close();
        left[3][5] = right[2][10] = 0;
        for (int m = 0; m < TILES_ROWS; m++)
            for (int n = 0; n < TILES_ROWS; n++) {
                int32_t words[2];
                numbers_words(words, 2, 100 + round, m * 32 + n + 16);
                float want = (float)(words[0] % 1000);
                for (int i = 0; i < 32; i++)
                    want +=
                        dtype_from_bf16(left[m][i]) * dtype_from_bf16(right[i / 2][n * 2 + i % 2]);
                EXPECT(got[m][n] == want);
                EXPECT(sum[m][n] == 0);
            }
    }
}
#endif
