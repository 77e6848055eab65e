/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that are right on what a text gives them, and wrong elsewhere. */
#include "engine/check/hard.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/run/model.h"
#include "tests/test.h"

enum { KERNELS_MAX = 128 };

typedef int run_fn(struct device *dev, const struct op_call *call);
static run_fn *right;

/* Wrong where a row of x is large and hardly varies. */
static int wrong_when_far(struct device *dev, const struct op_call *call) {
    int rc = right(dev, call);
    for (int64_t r = 0; r < tensor_rows(call->out); r++) {
        const float *x = tensor_row(call->in[0], r);
        if (fabsf(x[0] - 1e4f) < 0.1f && fabsf(x[1] - 1e4f) < 0.1f)
            ((float *)tensor_row(call->out, r))[0] += 1e-3f;
    }
    return rc;
}

/* What it is divided by is nothing. */
static int wrong_when_zero(struct device *dev, const struct op_call *call) {
    int rc = right(dev, call);
    const float *x = call->in[0]->data;
    if (fpclassify(x[0]) == FP_ZERO && fpclassify(x[1]) == FP_ZERO)
        ((float *)call->out->data)[0] = NAN;
    return rc;
}

static int honest(struct device *dev, const struct op_call *call) {
    return right(dev, call);
}

struct plant {
    enum op op;
    run_fn *wrong;
    struct kernel kernels[KERNELS_MAX];
    struct hard_finding found;
};

static int plant_and_run(struct case_run *c, void *arg) {
    struct plant *p = arg;
    struct model *m;
    int n = 0;
    CHECK(bench_model(c, c->folder, 0, &m) == 0);
    struct device *dev = m->device;
    for (const struct kernel *k = dev->kernels ? dev->kernels : dev->backend->kernels;
         k->op != OP_COUNT; k++) {
        CHECK(n < KERNELS_MAX - 1);
        p->kernels[n] = *k;
        if (k->op == p->op) {
            right = k->run;
            p->kernels[n].run = p->wrong;
        }
        n++;
    }
    p->kernels[n] = (struct kernel)KERNEL_END_ROW;
    dev->kernels = p->kernels;
    return hard_run(c, &p->found);
}

static struct check_outcome run_planted(const char *family, struct plant *p) {
    char folder[512];
    struct check *k = NULL;
    struct check_outcome outcome;
    size_t index;
    snprintf(folder, sizeof(folder), SOURCE_DIR "/tests/models/%s", family);
    const struct check_options options = {
        .folder = folder, .backend = "cpu", .dtype = "f32", .threads = 1};
    CHECK(check_open(&k, &options) == 0);
    CHECK(fixture_find(check_fixture(k), "hard_numbers.one", &index));
    CHECK(check_visit(k, index, plant_and_run, p, &outcome) == 0);
    check_close(k);
    return outcome;
}

TEST(a_kernel_that_is_wrong_on_no_activation_is_found_with_its_op_and_stage) {
    struct plant p = {.op = OP_LAYER_NORM, .wrong = wrong_when_far};
    struct check_outcome outcome = run_planted("gpt2", &p);
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
    struct check_outcome outcome = run_planted("llama", &p);
    EXPECT_STR(outcome.status, "numerics");
    EXPECT(p.found.found && p.found.op == OP_RMS_NORM);
    EXPECT_STR(p.found.numbers, "rows of zeros");
}

TEST(honest_kernels_pass) {
    struct plant p = {.op = OP_ADD, .wrong = honest};
    EXPECT_STR(run_planted("bert", &p).status, "pass");
    EXPECT(!p.found.found);
}
