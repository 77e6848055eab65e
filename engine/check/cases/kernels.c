/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels alone, on what no text gives them. */
#include "engine/check/case.h"
#include "engine/check/hard.h"

/* F5: each op of the model's plans on hard numbers. */
static int run_hard_numbers(struct case_run *c) {
    return hard_run(c, NULL);
}

static const struct case_type types[] = {
    {"hard_numbers", "F5", "E", run_hard_numbers},
    CASE_END_ROW,
};

const struct case_group case_kernels = {"kernels", types};
