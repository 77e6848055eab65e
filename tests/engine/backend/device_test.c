/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/device.h"

#include "engine/backend/buffer.h"
#include "engine/base/err.h"
#include "engine/op/stage.h"
#include "tests/test.h"

TEST(an_unknown_backend_is_refused_with_the_names_of_those_there_are) {
    struct device *dev = NULL;
    EXPECT_INT(device_open(&dev, "gpu9", NULL), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "there is no backend \"gpu9\"; there are: cpu");
    EXPECT(dev == NULL);
    EXPECT_INT(device_open(&dev, "cpu", &(struct device_options){.threads = -1}), ERR_ARG);
    EXPECT_HAS(err_text(), "opening backend cpu");
    device_close(NULL);
}

TEST(the_reference_has_a_kernel_for_every_op_that_others_do_not_define) {
    static const unsigned activations_only = 1u << OP_SCALE | 1u << OP_SILU | 1u << OP_GELU |
                                             1u << OP_GELU_TANH | 1u << OP_TANH | 1u << OP_RELU |
                                             1u << OP_SOFTMAX | 1u << OP_ROPE;
    static const unsigned by_their_parts = 1u << OP_MATMULS | 1u << OP_GATED;
    for (int op = 0; op < OP_COUNT; op++) {
        unsigned wanted = activations_only >> op & 1u ? DTYPE_BIT(DTYPE_F32) : DTYPES_STORAGE;
        unsigned have = 0;
        for (const struct kernel *k = backend_reference()->kernels; k->op != OP_COUNT; k++)
            have |= k->op == (enum op)op && !k->accepts ? k->dtypes : 0;
        EXPECT(by_their_parts >> op & 1u ? have == 0 : (have & wanted) == wanted);
    }
}

TEST(buffers_are_aligned_and_copy_within_their_bounds) {
    struct device *dev = NULL;
    struct buffer a, b, none = {0}, huge = {.size = 7};
    char out[8] = {0};
    REQUIRE(device_open(&dev, "cpu", &(struct device_options){.threads = 1}) == 0);
    EXPECT(device_is_host(dev) && dev->host == dev);
    REQUIRE(buffer_init(&a, dev, 100) == 0 && buffer_init(&b, dev, 100) == 0);
    EXPECT((uintptr_t)a.data % 64 == 0);
    EXPECT_INT(buffer_write(&a, 90, "0123456789", 10), 0);
    EXPECT_INT(buffer_copy(&b, 0, &a, 92, 8), 0);
    EXPECT_INT(buffer_read(&b, 0, out, 8), 0);
    EXPECT(memcmp(out, "23456789", 8) == 0);
    EXPECT_INT(buffer_init(&huge, dev, SIZE_MAX - 5), ERR_NOMEM);
    EXPECT_INT(huge.size, 7);
    EXPECT_INT(buffer_init(&none, dev, 0), 0);
    EXPECT_INT(buffer_write(&none, 0, "", 0), 0);
    buffer_done(&none);
    buffer_done(&a);
    buffer_done(&b);
    device_close(dev);
}

TEST(ops_and_stages_are_found_by_their_names) {
    for (int i = 0; i < OP_COUNT; i++) {
        enum op op = OP_COUNT;
        EXPECT(op_parse(&op, op_name((enum op)i)) && op == (enum op)i);
    }
    for (int i = 1; i < STAGE_COUNT; i++) {
        enum stage stage = STAGE_NONE;
        EXPECT(stage_parse(&stage, stage_name((enum stage)i)) && stage == (enum stage)i);
    }
    enum op op;
    enum stage stage;
    EXPECT(!op_parse(&op, "MATMUL") && !stage_parse(&stage, ""));
}
