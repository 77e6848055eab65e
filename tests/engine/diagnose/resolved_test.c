/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/resolved.h"

#include "tests/test.h"

static struct diagnosis explain(const char *type, const char *text) {
    struct diagnosis d = {.stage = STAGE_NONE};
    resolved_explain(&d, type, text);
    return d;
}

TEST(a_number_that_an_op_is_given_is_that_ops) {
    struct diagnosis d = explain("config_gguf", "config.rms_norm_eps is 1, and should be 0.001");
    EXPECT(d.explained && d.stage == STAGE_ATTN_NORM);
    EXPECT_STR(d.kind, "params");
    EXPECT_STR(d.op, "rms_norm");
    d = explain("config_gguf", "config.short_factor[3] is 1, and should be 8");
    EXPECT(d.explained && d.stage == STAGE_Q_ROPE);
    EXPECT_STR(d.op, "rope");
}

TEST(a_size_is_no_ops_and_neither_is_what_another_case_says) {
    EXPECT(!explain("config_gguf", "config.head_dim is 8, and should be 24").explained);
    EXPECT(!explain("config_gguf", "config.factors is 8, and should be 24").explained);
    EXPECT(!explain("config_gguf", "loading FILE: factor is negative").explained);
    EXPECT(!explain("config_defaults", "config.rope_theta is 1, and should be 2").explained);
}
