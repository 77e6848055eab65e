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

enum { WIDTH = 1024, LAYERS = 24, CALLS_MAX = 4 * LAYERS, PAIRS = 20, ROUNDS = 200 };
#define COST_MAX 1.005 /* half a percent */

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

/* x → relu(x·wᵀ + x), 24 times. */
static struct plan *make(struct device *dev, const struct tensor *w, const struct tensor *x) {
    struct plan *p = NULL;
    struct graph g;
    graph_init(&g);
    struct value *v = graph_input(&g, "x", DTYPE_F32, SHAPE(1, WIDTH));
    for (int i = 0; i < LAYERS; i++)
        v = graph_unary(&g, OP_RELU,
                        graph_add(&g, graph_matmul(&g, v, graph_weight(&g, "w", w)), v));
    graph_output(&g, "y", v);
    CHECK(plan_new(&p, &g, dev, 0) == 0 && plan_bind(p, "x", x) == 0);
    graph_done(&g);
    return p;
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

/* The shortest of each kind so far, taken in pairs that see the same machine: whatever else runs
 * only ever adds. */
struct shortest {
    double bare, whole;
};

static void measure(struct shortest *s, struct plan *p, const struct calls *c) {
    for (int i = 0; i < PAIRS; i++) {
        s->bare = fmin(s->bare, run_calls(c));
        s->whole = fmin(s->whole, run_plan(p));
    }
}

TEST(a_run_that_nobody_watches_costs_what_its_kernels_cost) {
    const struct device_options options = {.threads = 1};
    static struct calls calls;
    struct tensor w, x;
    struct shortest s = {HUGE_VAL, HUGE_VAL};
    if (TEST_SANITIZED)
        test_skip("a sanitizer's time is no time");
    REQUIRE(device_open(&calls.dev, "cpu-native", &options) == 0);
    REQUIRE(tensor_init(&w, DTYPE_F32, SHAPE(WIDTH, WIDTH)) == 0);
    REQUIRE(tensor_init(&x, DTYPE_F32, SHAPE(1, WIDTH)) == 0);
    w.data = xaligned(64, tensor_size(&w));
    x.data = xaligned(64, tensor_size(&x));
    memset(w.data, 0, tensor_size(&w));
    memset(x.data, 0, tensor_size(&x));
    struct plan *p = make(calls.dev, &w, &x);
    const struct plan_watch watch = {.node = note_call, .arg = &calls};
    REQUIRE(plan_run_watched(p, &watch) == 0);
    EXPECT_INT(calls.count, 3 * LAYERS);
    for (int i = 0; i < ROUNDS && (i == 0 || s.whole > COST_MAX * s.bare); i++)
        measure(&s, p, &calls);
    printf("a plan's run takes %.4f of the time of its kernels\n", s.whole / s.bare);
    EXPECT(s.whole <= COST_MAX * s.bare);
    plan_free(p);
    free(w.data);
    free(x.data);
    device_close(calls.dev);
}
