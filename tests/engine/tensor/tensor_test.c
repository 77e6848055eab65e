/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/tensor.h"

#include "engine/base/err.h"
#include "tests/test.h"

/* 0, 1, 2 … as i32, so that an element says where it came from. */
static int32_t numbers[1024];
static struct tensor counted(int rank, const int64_t *shape) {
    struct tensor t = {0};
    for (int i = 0; i < 1024; i++)
        numbers[i] = i;
    CHECK(tensor_init(&t, DTYPE_I32, rank, shape) == 0);
    t.data = numbers;
    return t;
}

/* The elements in order. */
static void read_all(const struct tensor *t, int32_t *out) {
    struct tensor flat = *t;
    CHECK(tensor_init(&flat, DTYPE_I32, t->rank, t->shape) == 0);
    flat.data = out;
    tensor_copy(&flat, t);
}

TEST(a_new_tensor_is_contiguous_and_the_last_dimension_the_fastest) {
    struct tensor t = counted(SHAPE(2, 3, 4));
    EXPECT(t.stride[0] == 12 && t.stride[1] == 4 && t.stride[2] == 1);
    EXPECT(tensor_count(&t) == 24 && tensor_size(&t) == 96 && tensor_span(&t) == 96);
    EXPECT(tensor_is_contiguous(&t) && tensor_rows(&t) == 6 && tensor_row_len(&t) == 4);
    EXPECT_INT(*(int32_t *)tensor_row(&t, 5), 20);
    struct tensor scalar = counted(0, NULL);
    EXPECT(tensor_count(&scalar) == 1 && tensor_rows(&scalar) == 1 && tensor_row_len(&scalar) == 1);
    struct tensor empty = counted(SHAPE(3, 0, 5));
    EXPECT(tensor_count(&empty) == 0 && tensor_span(&empty) == 0 && tensor_is_contiguous(&empty));
}

TEST(a_size_that_cannot_be_counted_is_refused) {
    struct tensor t = {.rank = 7};
    int64_t big = INT64_C(1) << 31;
    EXPECT_INT(tensor_init(&t, DTYPE_F32, SHAPE(big, big)), ERR_LIMIT);
    EXPECT_INT(tensor_init(&t, DTYPE_F32, SHAPE(big, big, 0)), ERR_LIMIT);
    EXPECT_INT(tensor_init(&t, DTYPE_F64, SHAPE(INT64_MAX)), ERR_LIMIT);
    EXPECT_INT(tensor_init(&t, DTYPE_U8, SHAPE(-1)), ERR_ARG);
    EXPECT_INT(tensor_init(&t, DTYPE_U8, 9, NULL), ERR_ARG);
    EXPECT_INT(tensor_init(&t, DTYPE_U8, -1, NULL), ERR_ARG);
    EXPECT_INT(t.rank, 7); /* untouched */
    EXPECT_INT(tensor_init(&t, DTYPE_U8, SHAPE(INT64_MAX)), 0);
}

TEST(narrow_and_permute_see_the_same_bytes) {
    struct tensor t = counted(SHAPE(4, 6)), n, p;
    int32_t got[24];
    REQUIRE(tensor_narrow(&n, &t, 1, 2, 3) == 0);
    EXPECT(!tensor_is_contiguous(&n) && tensor_span(&n) == 4 * (3 * 6 + 3));
    read_all(&n, got);
    EXPECT(got[0] == 2 && got[2] == 4 && got[3] == 8 && got[11] == 22);
    REQUIRE(tensor_permute(&p, &t, (const int[]){1, 0}) == 0);
    read_all(&p, got);
    EXPECT(got[0] == 0 && got[1] == 6 && got[4] == 1 && got[23] == 23);
    EXPECT_INT(tensor_row_stride(&p), 6);
    EXPECT_INT(tensor_narrow(&n, &t, 1, 4, 3), ERR_ARG);
    EXPECT_INT(tensor_narrow(&n, &t, 2, 0, 0), ERR_ARG);
    EXPECT_INT(tensor_narrow(&n, &t, 0, 1, INT64_MAX), ERR_ARG);
    EXPECT_INT(tensor_permute(&p, &t, (const int[]){0, 0}), ERR_ARG);
    EXPECT_INT(tensor_narrow(&n, &t, 0, 4, 0), 0);
    EXPECT_INT(tensor_count(&n), 0);
}

TEST(reshape_splits_slices_and_joins_only_what_is_joined) {
    struct tensor t = counted(SHAPE(4, 12)), slice, heads, back, p;
    int32_t got[48];
    REQUIRE(tensor_narrow(&slice, &t, 1, 4, 8) == 0);
    REQUIRE(tensor_reshape(&heads, &slice, SHAPE(2, 2, 2, 4)) == 0);
    read_all(&heads, got);
    EXPECT(got[0] == 4 && got[4] == 8 && got[8] == 16 && got[31] == 47);
    REQUIRE(tensor_reshape(&back, &heads, SHAPE(4, 1, 8)) == 0);
    EXPECT(back.stride[0] == 12 && back.stride[2] == 1);
    EXPECT_INT(tensor_reshape(&back, &heads, SHAPE(32)), ERR_ARG);
    EXPECT_HAS(err_text(), "only after a copy");
    EXPECT_INT(tensor_reshape(&back, &t, SHAPE(47)), ERR_ARG);
    EXPECT_HAS(err_text(), "i32 [4, 12] cannot be seen as i32 [47]");
    REQUIRE(tensor_permute(&p, &heads, (const int[]){0, 2, 1, 3}) == 0);
    EXPECT_INT(tensor_reshape(&back, &p, SHAPE(2, 2, 8)), ERR_ARG);
}

/* Every split of a permuted [2,3,4] that reshape allows keeps the order of the elements. */
TEST(a_reshaped_view_reads_the_elements_in_the_same_order) {
    static const int orders[][3] = {
        {0, 1, 2},
        {0, 2, 1},
        {1, 0, 2},
        {2, 1, 0},
        {1, 2, 0}
    };
    static const int64_t shapes[][4] = {
        {24, 1,  1, 1 },
        {2,  12, 1, 1 },
        {6,  4,  1, 1 },
        {2,  3,  4, 1 },
        {1,  4,  6, 1 },
        {2,  2,  3, 2 },
        {3,  1,  8, 1 },
        {3,  2,  2, 2 },
        {4,  3,  1, 2 },
        {1,  1,  1, 24}
    };
    struct tensor t = counted(SHAPE(2, 3, 4)), p, view;
    int32_t want[24], got[24];
    int allowed = 0;
    for (int o = 0; o < 5; o++)
        for (int s = 0; s < 10; s++) {
            REQUIRE(tensor_permute(&p, &t, orders[o]) == 0);
            if (tensor_reshape(&view, &p, 4, shapes[s]) < 0)
                continue;
            allowed++;
            read_all(&p, want);
            read_all(&view, got);
            EXPECT(memcmp(want, got, sizeof(want)) == 0);
        }
    EXPECT_INT(allowed, 10 + 0 + 1 + 2 + 3); /* as many as PyTorch views */
}

TEST(copy_converts_and_crosses_any_layout) {
    struct tensor t = counted(SHAPE(3, 300)), wide, into;
    double out[900 * 2] = {0};
    REQUIRE(tensor_init(&wide, DTYPE_F64, SHAPE(300, 6)) == 0);
    wide.data = out;
    REQUIRE(tensor_narrow(&into, &wide, 1, 2, 3) == 0);
    REQUIRE(tensor_permute(&t, &t, (const int[]){1, 0}) == 0);
    tensor_copy(&into, &t);
    int wrong = 0;
    for (int i = 0; i < 300; i++)
        for (int j = 0; j < 6; j++)
            wrong += out[i * 6 + j] != (j >= 2 && j < 5 ? (j - 2) * 300 + i : 0);
    EXPECT_INT(wrong, 0);
}

TEST(text_names_dtype_and_shape) {
    char text[TENSOR_TEXT_SIZE];
    int64_t m = INT64_MAX;
    struct tensor t = {
        .dtype = DTYPE_BF16, .rank = 8, .shape = {m, m, m, m, m, m, m, m}
    };
    EXPECT_HAS(tensor_text(&t, text), "bf16 [9223372036854775807, ");
    EXPECT_INT(text[strlen(text) - 1], ']');
    t.rank = 0;
    EXPECT_STR(tensor_text(&t, text), "bf16 []");
}

TEST(blocks_are_not_taken_apart) {
    struct tensor t, view;
    uint8_t bytes[4 * 2 * 34];
    EXPECT_INT(tensor_init(&t, DTYPE_Q8_0, SHAPE(4, 63)), ERR_ARG);
    EXPECT_HAS(err_text(), "rows of 63 are no whole blocks of q8_0, which have 32");
    EXPECT_INT(tensor_init(&t, DTYPE_Q4_K, 0, NULL), ERR_ARG);
    EXPECT_INT(tensor_init(&t, DTYPE_Q8_0, SHAPE(INT64_C(1) << 31, INT64_C(1) << 33)), ERR_LIMIT);
    EXPECT_INT(tensor_init(&t, DTYPE_Q4_0, SHAPE(INT64_C(7) << 56, 32)), ERR_LIMIT);
    REQUIRE(tensor_init(&t, DTYPE_Q8_0, SHAPE(4, 64)) == 0);
    t.data = bytes;
    EXPECT(tensor_size(&t) == sizeof(bytes) && tensor_span(&t) == sizeof(bytes));
    EXPECT(tensor_row(&t, 3) == bytes + 6 * 34);
    EXPECT_INT(tensor_narrow(&view, &t, 1, 16, 32), ERR_ARG);
    EXPECT_HAS(err_text(), "take a block apart");
    EXPECT_INT(tensor_narrow(&view, &t, 1, 32, 16), ERR_ARG);
    REQUIRE(tensor_narrow(&view, &t, 1, 32, 32) == 0);
    EXPECT(view.data == bytes + 34 && tensor_span(&view) == sizeof(bytes) - 34);
    REQUIRE(tensor_narrow(&view, &t, 0, 1, 2) == 0);
    EXPECT(view.data == bytes + 2 * 34 && tensor_size(&view) == 4 * 34);
    EXPECT_INT(tensor_permute(&view, &t, (const int[]){1, 0}), ERR_ARG);
    REQUIRE(tensor_reshape(&view, &t, SHAPE(2, 4, 32)) == 0);
    EXPECT(tensor_row(&view, 7) == bytes + 7 * 34);
    EXPECT_INT(tensor_reshape(&view, &t, SHAPE(16, 16)), ERR_ARG);
    REQUIRE(tensor_init(&t, DTYPE_Q8_0, SHAPE(3, 0)) ==
            0); /* rows of nothing have addresses, too */
    t.data = bytes;
    EXPECT(tensor_size(&t) == 0 && tensor_row(&t, 2) != NULL);
}

TEST(blocks_are_copied_into_rows_with_gaps) {
    static float in[2 * 512], out[2 * 512 * 2], direct[2 * 512];
    static uint8_t bytes[2][4 * 144];
    struct tensor t, blocks, spread;
    REQUIRE(tensor_init(&t, DTYPE_F32, SHAPE(2, 512)) == 0);
    REQUIRE(tensor_init(&blocks, DTYPE_Q4_K, SHAPE(2, 512)) == 0);
    REQUIRE(tensor_init(&spread, DTYPE_F32, SHAPE(2, 512, 2)) == 0);
    REQUIRE(tensor_narrow(&spread, &spread, 2, 0, 1) == 0);
    REQUIRE(tensor_reshape(&spread, &spread, SHAPE(2, 512)) == 0);
    for (int i = 0; i < 1024; i++)
        in[i] = (float)(i % 29) - 14;
    t.data = in, blocks.data = bytes[0], spread.data = out;
    tensor_copy(&blocks, &t);
    tensor_copy(&spread, &blocks);
    dtype_convert(direct, DTYPE_F32, bytes[0], DTYPE_Q4_K, 1024);
    for (int i = 0; i < 1024; i++)
        EXPECT(out[2 * i] == direct[i] && out[2 * i + 1] == 0);
    blocks.data = bytes[1];
    tensor_copy(&blocks, &spread);
    dtype_convert(direct, DTYPE_F32, bytes[1], DTYPE_Q4_K, 1024);
    for (int i = 0; i < 1024; i++)
        EXPECT(fabsf(direct[i] - in[i]) < 2);
}
