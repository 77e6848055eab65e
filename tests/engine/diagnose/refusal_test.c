/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/refusal.h"

#include "tests/test.h"

TEST(a_sentence_that_an_op_refuses_with_names_it) {
    EXPECT(refusal_op("kv_store of f32 [2, 9], i32 [2]: the first is no cache") == OP_KV_STORE);
    EXPECT(refusal_op("the reference: matmul of f32 [2, 9]") == OP_MATMUL);
    EXPECT(refusal_op("add of f32 [2, 9]") == OP_ADD);
    EXPECT(refusal_op("8 tokens of the prompt") == OP_COUNT);
    EXPECT(refusal_op("an add of numbers") == OP_COUNT);
    EXPECT(refusal_op("the case passes") == OP_COUNT);
}

TEST(what_cannot_be_taken_apart_says_for_which_stage_it_was) {
    const char *text = "matmuls of qkv_matmul, layer 0: putting f32 [8] into f32 [4]";
    EXPECT(refusal_op(text) == OP_MATMULS && refusal_stage(text) == STAGE_QKV_MATMUL);
    EXPECT(refusal_stage("kv_store of f32 [2, 9]") == STAGE_NONE);
    EXPECT(refusal_stage("matmuls, taken apart: putting") == STAGE_NONE);
}
