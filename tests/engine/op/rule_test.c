/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/op/rule.h"

#include "engine/base/err.h"
#include "tests/test.h"

static struct tensor tensor_of(enum dtype dtype, int rank, const int64_t *shape) {
    struct tensor t = {0};
    CHECK(tensor_init(&t, dtype, rank, shape) == 0);
    return t;
}

/* What the rule says of x · wᵀ. */
static int matmul(struct tensor *out, const struct tensor *x, const struct tensor *w) {
    const struct op_call call = {
        .op = OP_MATMUL, .in = {x, w}
    };
    return op_shape(out, &call);
}

TEST(matrices_and_tables_may_be_in_blocks) {
    struct tensor x = tensor_of(DTYPE_F32, SHAPE(2, 3, 512)), out;
    struct tensor ids = tensor_of(DTYPE_I32, SHAPE(4));
    for (int d = DTYPE_Q8_0; d < DTYPE_COUNT; d++) {
        struct tensor w = tensor_of((enum dtype)d, SHAPE(7, 512));
        const struct op_call look_up = {
            .op = OP_GET_ROWS, .in = {&w, &ids}
        };
        REQUIRE(matmul(&out, &x, &w) == 0);
        EXPECT(out.rank == 3 && out.shape[2] == 7 && out.dtype == DTYPE_F32);
        REQUIRE(op_shape(&out, &look_up) == 0);
        EXPECT(out.rank == 2 && out.shape[0] == 4 && out.shape[1] == 512);
    }
}

TEST(rows_that_are_no_whole_blocks_are_refused) {
    struct tensor x = tensor_of(DTYPE_F32, SHAPE(2, 40)), out = {.rank = 77};
    struct tensor w = tensor_of(DTYPE_Q8_0, SHAPE(7, 64));
    w.shape[1] = 40; /* nothing that makes tensors lets this through */
    EXPECT_INT(matmul(&out, &x, &w), ERR_ARG);
    EXPECT_HAS(err_text(),
               "matmul of f32 [2, 40], q8_0 [7, 40]: the rows of the weight are no whole");
    w.shape[1] = 64;
    x.shape[1] = 64;
    w.stride[0] = 65;
    EXPECT_INT(matmul(&out, &x, &w), ERR_ARG);
    EXPECT_HAS(err_text(), "the blocks of the weight are not side by side");
    w.stride[0] = 128; /* a gap of two blocks */
    EXPECT_INT(matmul(&out, &x, &w), 0);
    w.stride[1] = 2;
    EXPECT_INT(matmul(&out, &x, &w), ERR_ARG);
}

TEST(nothing_else_takes_blocks) {
    struct tensor x = tensor_of(DTYPE_F32, SHAPE(2, 64)), blocks = tensor_of(DTYPE_Q4_0, SHAPE(64));
    struct tensor out = {.rank = 77};
    /* clang-format off */
    const struct op_call calls[] = {
        {.op = OP_ADD, .in = {&x, &blocks}},
        {.op = OP_RMS_NORM, .in = {&x, &blocks}},
        {.op = OP_MATMUL, .in = {&blocks, &x}},
        {.op = OP_COPY, .in = {&x}, .params.dtype = DTYPE_Q8_0},
        {.op = OP_COPY, .in = {&blocks}, .params.dtype = DTYPE_F32},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        EXPECT_INT(op_shape(&out, &calls[i]), ERR_ARG);
    EXPECT_INT(out.rank, 77);
}
