/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/alone.h"

#include <stdio.h>
#include <string.h>

#include "engine/check/check.h"
#include "engine/check/hard.h"
#include "engine/check/shapes.h"

static int see_ops(struct case_run *c, void *arg) {
    return hard_run(c, arg);
}
static int see_shapes(struct case_run *c, void *arg) {
    return shapes_run(c, arg);
}

/* Types of cases that run ops alone, and what runs them. */
static const struct {
    const char *type;
    check_visit_fn *visit;
} types[] = {
    {"hard_numbers", see_ops   },
    {"op_shapes",    see_shapes},
    {NULL,           NULL      },
};

static check_visit_fn *visit_of(const char *type) {
    int i = 0;
    while (types[i].type && strcmp(types[i].type, type) != 0)
        i++;
    return types[i].visit;
}

bool alone_is(const char *type) {
    return visit_of(type) != NULL;
}

void alone_explain(struct diagnosis *d, struct check *check, size_t index, const char *type) {
    struct drawn_finding f = {.found = false};
    struct check_outcome outcome;
    (void)check_visit(check, index, visit_of(type), &f, &outcome);
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
