/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels alone, on what no text gives them; and those that do the work of several against them. */
#include "engine/check/bench.h"
#include "engine/check/case.h"
#include "engine/check/hard.h"
#include "engine/check/shapes.h"

/* F5: each op of the model's plans on hard numbers. */
static int run_hard_numbers(struct case_run *c) {
    return hard_run(c, NULL);
}

/* F5: each op of any model in shapes that no fixture has. */
static int run_op_shapes(struct case_run *c) {
    return shapes_run(c, NULL);
}

/* F4: a plan whose ops are taken apart computes what it does whole. */
static int run_taken_apart(struct case_run *c) {
    static const struct bench_options apart = {.plan_flags = PLAN_UNFUSED};
    struct capture whole, parts;
    struct tensor keep;
    struct feed feed;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = case_keep(c, &keep);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, FEED_QUIET, &whole);
    if (rc == 0)
        rc = bench_forward(c, &apart, &feed, FEED_QUIET, &parts);
    return rc < 0 ? rc : capture_same(c, "taken apart", &parts, &whole, &keep, c->tolerance);
}

static const struct case_type types[] = {
    {"hard_numbers", "F5", "E", run_hard_numbers},
    {"op_shapes",    "F5", "E", run_op_shapes   },
    {"taken_apart",  "F4", "S", run_taken_apart },
    CASE_END_ROW,
};

const struct case_group case_kernels = {"kernels", types};
