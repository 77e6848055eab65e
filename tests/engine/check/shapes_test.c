/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that are right in the shapes of every fixture, and wrong in others. */
#include "engine/check/shapes.h"

#include "tests/engine/check/plant.h"
#include "tests/test.h"

/* Wrong in the second row of a batch whose cache is longer than any checkpoint's. */
static int wrong_when_long(struct device *dev, const struct op_call *call) {
    int rc = plant_right(dev, call);
    if (call->in[1]->shape[1] > 256 && call->in[0]->shape[0] > 1)
        ((float *)tensor_row(call->out, call->in[0]->shape[1]))[0] += 1;
    return rc;
}

/* Rows of an odd number of odd blocks. */
static int wrong_at_the_end(struct device *dev, const struct op_call *call) {
    int rc = plant_right(dev, call);
    if (call->in[1]->shape[0] % 2 && call->in[1]->shape[1] % 16 == 11)
        ((float *)call->out->data)[0] *= 2;
    return rc;
}

static int honest(struct device *dev, const struct op_call *call) {
    return plant_right(dev, call);
}

static struct check_outcome run_planted(struct plant *p) {
    p->fixture = "parity/llama";
    p->name = "op_shapes";
    p->threads = 3;
    p->run = shapes_run;
    return plant_check(p);
}

TEST(an_attention_that_is_wrong_behind_a_long_cache_is_found_with_its_stage) {
    struct plant p = {.op = OP_ATTENTION, .wrong = wrong_when_long};
    struct check_outcome outcome = run_planted(&p);
    EXPECT_STR(outcome.status, "numerics");
    EXPECT(p.found.found && p.found.op == OP_ATTENTION);
    EXPECT_STR(stage_name(p.found.stage), stage_name(STAGE_ATTENTION));
    EXPECT_HAS(p.found.shapes, "[2,1,7,64]");
}

TEST(a_product_that_is_wrong_in_one_shape_is_found) {
    struct plant p = {.op = OP_MATMUL, .wrong = wrong_at_the_end};
    EXPECT_STR(run_planted(&p).status, "numerics");
    EXPECT(p.found.found && p.found.op == OP_MATMUL);
}

TEST(honest_kernels_pass_in_all_shapes) {
    struct plant p = {.op = OP_ADD, .wrong = honest};
    EXPECT_STR(run_planted(&p).status, "pass");
    EXPECT(!p.found.found);
}
