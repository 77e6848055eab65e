/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/diff.h"

#include <string.h>

#include "engine/base/err.h"
#include "tests/test.h"

static const struct diff_options by_stage = {.top = 2};

static void add(struct trace *t, int64_t step, enum stage stage, int layer, int64_t rows,
                float value) {
    float numbers[24];
    struct tensor x;
    for (int i = 0; i < 24; i++)
        numbers[i] = value + (float)i;
    REQUIRE(tensor_init(&x, DTYPE_F32, SHAPE(rows, 4)) == 0);
    x.data = numbers;
    REQUIRE(trace_add(t, step, stage, layer, &x, NULL) == 0);
}

TEST(the_first_to_differ_is_the_first_to_be_computed) {
    struct trace a, b;
    struct diff d;
    trace_init(&a);
    trace_init(&b);
    add(&a, 0, STAGE_LM_HEAD, -1, 1, 7); /* not in order */
    add(&a, 0, STAGE_FFN_OUT, 1, 2, 3);
    add(&a, 0, STAGE_Q_ROPE, 0, 2, 1);
    add(&a, 0, STAGE_EMBEDDING, -1, 2, 1);
    add(&b, 0, STAGE_EMBEDDING, -1, 2, 1);
    add(&b, 0, STAGE_Q_ROPE, 0, 2, 1);
    add(&b, 0, STAGE_FFN_OUT, 1, 2, 3.001f);
    add(&b, 0, STAGE_LM_HEAD, -1, 1, 8);
    add(&b, 1, STAGE_Q_ROPE, 0, 1, 1);
    REQUIRE(diff_traces(&d, &a, &b, &by_stage) == 0);
    EXPECT(d.pair_count == 4 && d.compared == 4 && d.exceeded == 2 && d.lonely_count == 1);
    REQUIRE(d.first);
    EXPECT(d.first->b->stage == STAGE_FFN_OUT && d.first->b->layer == 1);
    EXPECT(d.pairs[0].b->stage == STAGE_EMBEDDING && d.pairs[3].b->stage == STAGE_LM_HEAD);
    EXPECT(!d.lonely[0].in_a && d.lonely[0].item->step == 1);
    diff_done(&d);
    REQUIRE(diff_traces(&d, &a, &b, &(struct diff_options){.tolerance = &tolerance_native_bf16}) ==
            0);
    EXPECT(d.exceeded == 1 && d.first->b->stage == STAGE_LM_HEAD);
    diff_done(&d);
    trace_done(&a);
    trace_done(&b);
}

TEST(nan_never_passes_and_neither_does_another_shape) {
    struct trace a, b;
    struct diff d;
    trace_init(&a);
    trace_init(&b);
    add(&a, 0, STAGE_FFN_OUT, 0, 2, NAN);
    add(&b, 0, STAGE_FFN_OUT, 0, 2, 1);
    add(&a, 0, STAGE_FFN_UP, 0, 2, 1);
    add(&b, 0, STAGE_FFN_UP, 0, 3, 1);
    add(&a, 0, STAGE_FFN_OUT, 1, 2, NAN);
    add(&b, 0, STAGE_FFN_OUT, 1, 2, NAN);
    REQUIRE(diff_traces(&d, &a, &b, &(struct diff_options){.nmse = 1e30}) == 0);
    EXPECT_INT(d.exceeded, 3);
    EXPECT(d.pairs[0].verdict == DIFF_SHAPE && d.pairs[1].verdict == DIFF_EXCEEDED);
    EXPECT_STR(d.pairs[0].note, "f32 [2, 4] against f32 [3, 4]");
    diff_done(&d);
    trace_done(&a);
    trace_done(&b);
}

TEST(a_deep_model_is_held_to_the_class_of_its_stages_unless_another_is_asked_for) {
    struct trace a, b;
    struct diff d;
    trace_init(&a);
    trace_init(&b);
    add(&a, 0, STAGE_FFN_OUT, 40, 2, 1.0001f);
    add(&b, 0, STAGE_FFN_OUT, 40, 2, 1);
    REQUIRE(diff_traces(&d, &a, &b, &by_stage) == 0);
    EXPECT_INT(d.exceeded, 1);
    EXPECT(d.pairs[0].limit.nmse <= 1e-10);
    diff_done(&d);
    REQUIRE(diff_traces(&d, &a, &b, &(struct diff_options){.tolerance = &tolerance_deep}) == 0);
    EXPECT_INT(d.exceeded, 0);
    EXPECT_STR(d.pairs[0].limit.name, "D");
    diff_done(&d);
    trace_done(&a);
    trace_done(&b);
}

TEST(flat_files_and_the_last_rows_of_logits_meet) {
    struct trace a, b;
    struct diff d;
    struct tensor flat;
    float numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    trace_init(&a);
    trace_init(&b);
    REQUIRE(tensor_init(&flat, DTYPE_F32, SHAPE(8)) == 0);
    flat.data = numbers;
    REQUIRE(trace_add(&a, 0, STAGE_FFN_OUT, 0, &flat, NULL) == 0);
    add(&b, 0, STAGE_FFN_OUT, 0, 2, 1);
    add(&a, 0, STAGE_LM_HEAD, -1, 1, 5); /* 5 6 7 8 */
    add(&b, 0, STAGE_LM_HEAD, -1, 2, 1); /* 1 2 3 4, 5 6 7 8 */
    REQUIRE(diff_traces(&d, &a, &b, &by_stage) == 0);
    EXPECT(d.exceeded == 0 && d.compared == 2);
    EXPECT_STR(d.pairs[1].note, "the last 1 of 2 rows");
    diff_done(&d);
    trace_done(&a);
    trace_done(&b);
}

TEST(what_a_side_lacks_is_told_with_its_reason) {
    struct trace a, b;
    struct diff d;
    trace_init(&a);
    trace_init(&b);
    add(&a, 0, STAGE_ATTN_SOFTMAX, 2, 1, 1);
    *trace_add_absence(&b) =
        (struct trace_absence){STAGE_ATTN_SOFTMAX, 0, 0, 3, "swallowed by attention"};
    REQUIRE(diff_traces(&d, &a, &b, &by_stage) == 0);
    REQUIRE(d.lonely_count == 1 && d.compared == 0);
    EXPECT(d.lonely[0].in_a);
    EXPECT_STR(d.lonely[0].why, "swallowed by attention");
    diff_done(&d);
    trace_done(&a);
    trace_done(&b);
}
