/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan that nobody watches costs beyond its kernels: tracing is always
 * compiled in, and off it must not be felt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/graph/plan.h"
#include "tests/test.h"

/* What a node costs beyond its kernel shows where kernels do next to nothing, in runs so short that
 * the shortest of many is nobody's but ours; what that is a share of, where they do as much as
 * those of a small model. */
enum { NARROW = 16, WIDE = 1024, LAYERS = 24, CALLS_MAX = 4 * LAYERS, PAIRS = 200, ROUNDS = 50 };
#define COST_MAX 0.005 /* half a percent */

/* The kernels' calls as a run of the plan makes them. */
struct calls {
    struct op_call list[CALLS_MAX];
    const struct kernel *kernels[CALLS_MAX];
    int count;
    struct device *dev;
};

static int note_call(void *arg, const struct plan *p, int node, bool ran,
                     const struct op_call *call) {
    struct calls *c = arg;
    (void)p, (void)node;
    if (ran)
        return 0;
    CHECK(c->count < CALLS_MAX);
    c->list[c->count] = *call;
    c->kernels[c->count++] = backend_kernel(c->dev, call);
    return 0;
}

struct layers {
    struct calls calls;
    struct tensor w, x;
    struct plan *plan;
};

/* x → relu(x·wᵀ + x), 24 times. */
static struct plan *make(struct device *dev, const struct tensor *w, const struct tensor *x) {
    struct plan *p = NULL;
    struct graph g;
    graph_init(&g);
    struct value *v = graph_input(&g, "x", DTYPE_F32, x->rank, x->shape);
    for (int i = 0; i < LAYERS; i++)
        v = graph_unary(&g, OP_RELU,
                        graph_add(&g, graph_matmul(&g, v, graph_weight(&g, "w", w)), v));
    graph_output(&g, "y", v);
    CHECK(plan_new(&p, &g, dev, 0) == 0 && plan_bind(p, "x", x) == 0);
    graph_done(&g);
    return p;
}

static void layers_init(struct layers *l, struct device *dev, int64_t width) {
    const struct plan_watch watch = {.node = note_call, .arg = &l->calls};
    *l = (struct layers){.calls = {.dev = dev}};
    CHECK(tensor_init(&l->w, DTYPE_F32, SHAPE(width, width)) == 0);
    CHECK(tensor_init(&l->x, DTYPE_F32, SHAPE(1, width)) == 0);
    l->w.data = xaligned(64, tensor_size(&l->w));
    l->x.data = xaligned(64, tensor_size(&l->x));
    memset(l->w.data, 0, tensor_size(&l->w));
    memset(l->x.data, 0, tensor_size(&l->x));
    l->plan = make(dev, &l->w, &l->x);
    CHECK(plan_run_watched(l->plan, &watch) == 0);
}

static void layers_done(struct layers *l) {
    plan_free(l->plan);
    free(l->w.data);
    free(l->x.data);
}

static double run_calls(const struct calls *c) {
    int64_t begin = clock_mono_ns();
    for (int i = 0; i < c->count; i++)
        CHECK(c->kernels[i]->run(c->dev, &c->list[i]) == 0);
    return (double)(clock_mono_ns() - begin);
}

static double run_plan(struct plan *p) {
    int64_t begin = clock_mono_ns();
    CHECK(plan_run(p, NULL, NULL) == 0);
    return (double)(clock_mono_ns() - begin);
}

/* The shortest of each kind so far, in ns: whatever else runs only ever adds. */
struct shortest {
    double bare, whole, real;
};

static void measure(struct shortest *s, const struct layers *narrow, const struct layers *wide) {
    for (int i = 0; i < PAIRS; i++) {
        s->bare = fmin(s->bare, run_calls(&narrow->calls));
        s->whole = fmin(s->whole, run_plan(narrow->plan));
    }
    s->real = fmin(s->real, run_calls(&wide->calls));
}

static double share(const struct shortest *s) {
    return (s->whole - s->bare) / s->real;
}

TEST(a_run_that_nobody_watches_costs_what_its_kernels_cost) {
    const struct device_options options = {.threads = 1};
    static struct layers narrow, wide;
    struct device *dev;
    struct shortest s = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    if (TEST_SANITIZED)
        test_skip("a sanitizer's time is no time");
    REQUIRE(device_open(&dev, "cpu-native", &options) == 0);
    layers_init(&narrow, dev, NARROW);
    layers_init(&wide, dev, WIDE);
    EXPECT_INT(narrow.calls.count, 3 * LAYERS);
    EXPECT_INT(wide.calls.count, 3 * LAYERS);
    for (int i = 0; i < ROUNDS && (i < 3 || share(&s) > COST_MAX); i++)
        measure(&s, &narrow, &wide);
    printf("beside its kernels a run takes %.0f ns, %.4f of what they take with a width of %d\n",
           s.whole - s.bare, share(&s), WIDE);
    EXPECT(share(&s) <= COST_MAX);
    layers_done(&narrow);
    layers_done(&wide);
    device_close(dev);
}
