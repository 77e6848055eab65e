/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/alone.h"

#include <stdio.h>

#include "engine/check/check.h"
#include "engine/check/hard.h"

static int see_ops(struct case_run *c, void *arg) {
    return hard_run(c, arg);
}

void alone_explain(struct diagnosis *d, struct check *check, size_t index) {
    struct hard_finding f = {.found = false};
    struct check_outcome outcome;
    (void)check_visit(check, index, see_ops, &f, &outcome);
    if (!f.found)
        return;
    d->stage = f.stage;
    d->layer = f.layer;
    (void)snprintf(d->op, sizeof(d->op), "%s", op_name(f.op));
    (void)snprintf(d->kernel, sizeof(d->kernel), "%s", f.kernel);
    (void)snprintf(d->shapes, sizeof(d->shapes), "%s", f.shapes);
    diagnosis_error(d, f.nmse, f.max_abs, f.limit);
    d->reference = "definition";
    diagnosis_say(d, "kernel", "%s computes %s of %s wrong: by its definition it is something else",
                  f.kernel, op_name(f.op), f.numbers);
}
