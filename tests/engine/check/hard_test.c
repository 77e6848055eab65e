/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that are right on what a text gives them, and wrong elsewhere. */
#include "engine/check/hard.h"

#include <math.h>

#include "tests/engine/check/plant.h"
#include "tests/test.h"

/* Wrong where a row of x is large and hardly varies. */
static int wrong_when_far(struct device *dev, const struct op_call *call) {
    int rc = plant_right(dev, call);
    for (int64_t r = 0; r < tensor_rows(call->out); r++) {
        const float *x = tensor_row(call->in[0], r);
        if (fabsf(x[0] - 1e4f) < 0.1f && fabsf(x[1] - 1e4f) < 0.1f)
            ((float *)tensor_row(call->out, r))[0] += 1e-3f;
    }
    return rc;
}

/* What it is divided by is nothing. */
static int wrong_when_zero(struct device *dev, const struct op_call *call) {
    int rc = plant_right(dev, call);
    const float *x = call->in[0]->data;
    if (fpclassify(x[0]) == FP_ZERO && fpclassify(x[1]) == FP_ZERO)
        ((float *)call->out->data)[0] = NAN;
    return rc;
}

static int honest(struct device *dev, const struct op_call *call) {
    return plant_right(dev, call);
}

static struct check_outcome run_planted(const char *fixture, struct plant *p) {
    p->fixture = fixture;
    p->name = "hard_numbers.one";
    p->run = hard_run;
    return plant_check(p);
}

TEST(a_kernel_that_is_wrong_on_no_activation_is_found_with_its_op_and_stage) {
    struct plant p = {.op = OP_LAYER_NORM, .wrong = wrong_when_far};
    struct check_outcome outcome = run_planted("models/gpt2", &p);
    EXPECT_STR(outcome.status, "numerics");
    EXPECT_HAS(outcome.text, "cpu.layer_norm of rows next to their mean");
    EXPECT(p.found.found && p.found.op == OP_LAYER_NORM);
    EXPECT_STR(stage_name(p.found.stage), stage_name(STAGE_ATTN_NORM));
    EXPECT_INT(p.found.layer, 0);
    EXPECT_STR(p.found.kernel, "cpu.layer_norm");
    EXPECT_HAS(p.found.shapes, "[11,32] × [32] × [32]");
}

TEST(a_nan_that_comes_of_zeros_is_found) {
    struct plant p = {.op = OP_RMS_NORM, .wrong = wrong_when_zero};
    struct check_outcome outcome = run_planted("models/llama", &p);
    EXPECT_STR(outcome.status, "numerics");
    EXPECT(p.found.found && p.found.op == OP_RMS_NORM);
    EXPECT_STR(p.found.numbers, "rows of zeros");
}

TEST(honest_kernels_pass) {
    struct plant p = {.op = OP_ADD, .wrong = honest};
    EXPECT_STR(run_planted("models/bert", &p).status, "pass");
    EXPECT(!p.found.found);
}
