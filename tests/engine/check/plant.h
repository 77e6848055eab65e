/* SPDX-License-Identifier: Apache-2.0 */
/* plant: a case whose device has one kernel of the test's own in the place of its own. */
#pragma once

#include <stdio.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/drawn.h"
#include "engine/check/fixture.h"
#include "engine/run/model.h"

enum { PLANT_KERNELS = 128 };

typedef int plant_kernel(struct device *dev, const struct op_call *call);
static plant_kernel *plant_right; /* what stood there */

struct plant {
    const char *fixture, *name; /* "models/gpt2", "hard_numbers.one" */
    int64_t threads;            /* whose device it is; 0 = the cell's */
    enum op op;
    plant_kernel *wrong;
    int (*run)(struct case_run *c, struct drawn_finding *out);
    struct kernel kernels[PLANT_KERNELS];
    struct drawn_finding found;
};

static inline int plant_and_run(struct case_run *c, void *arg) {
    struct plant *p = arg;
    struct model *m;
    int n = 0;
    CHECK(bench_model(c, c->folder, p->threads, &m) == 0);
    struct device *dev = m->device;
    for (const struct kernel *k = dev->kernels ? dev->kernels : dev->backend->kernels;
         k->op != OP_COUNT; k++) {
        CHECK(n < PLANT_KERNELS - 1);
        p->kernels[n] = *k;
        if (k->op == p->op) {
            plant_right = k->run;
            p->kernels[n].run = p->wrong;
        }
        n++;
    }
    p->kernels[n] = (struct kernel)KERNEL_END_ROW;
    dev->kernels = p->kernels;
    return p->run(c, &p->found);
}

static inline struct check_outcome plant_check(struct plant *p) {
    char folder[512];
    struct check *k = NULL;
    struct check_outcome outcome;
    size_t index;
    (void)snprintf(folder, sizeof(folder), SOURCE_DIR "/tests/%s", p->fixture);
    const struct check_options options = {
        .folder = folder, .backend = "cpu", .dtype = "f32", .threads = 1};
    CHECK(check_open(&k, &options) == 0);
    CHECK(fixture_find(check_fixture(k), p->name, &index));
    CHECK(check_visit(k, index, plant_and_run, p, &outcome) == 0);
    check_close(k);
    return outcome;
}
