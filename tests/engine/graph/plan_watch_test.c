/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/graph/composite.h"
#include "engine/graph/plan.h"
#include "tests/test.h"

/* y = relu(x + b) · wᵀ */
struct small {
    struct device *dev;
    struct plan *plan;
    struct tensor b, w, x;
    float data[3][4];
};

static void small_init(struct small *s) {
    struct graph g;
    memset(s, 0, sizeof(*s));
    CHECK(device_open(&s->dev, "cpu", NULL) == 0);
    CHECK(tensor_init(&s->b, DTYPE_F32, SHAPE(2)) == 0);
    CHECK(tensor_init(&s->w, DTYPE_F32, SHAPE(2, 2)) == 0);
    CHECK(tensor_init(&s->x, DTYPE_F32, SHAPE(1, 2)) == 0);
    memcpy(s->data[0], (float[]){1, -9, 0, 0}, sizeof(s->data[0]));
    memcpy(s->data[1], (float[]){1, 2, 3, 4}, sizeof(s->data[1]));
    memcpy(s->data[2], (float[]){1, 1, 0, 0}, sizeof(s->data[2]));
    s->b.data = s->data[0];
    s->w.data = s->data[1];
    s->x.data = s->data[2];
    graph_init(&g);
    struct value *x = graph_input(&g, "x", DTYPE_F32, SHAPE(1, 2));
    x = graph_unary(&g, OP_RELU, graph_add(&g, x, graph_weight(&g, "bias", &s->b)));
    graph_stage(&g, x, STAGE_FFN_ACT, 3);
    graph_output(&g, "y", graph_matmul(&g, x, graph_weight(&g, "map", &s->w)));
    CHECK(plan_new(&s->plan, &g, s->dev, 0) == 0);
    CHECK(plan_bind(s->plan, "x", &s->x) == 0);
    graph_done(&g);
}

static void small_done(struct small *s) {
    plan_free(s->plan);
    device_close(s->dev);
}

/* What was seen, in order, as text. */
struct tape {
    char text[512];
    int stop_at; /* node, once it has run; -1 = none */
};

static int see_node(void *arg, const struct plan *p, int node, bool ran,
                    const struct op_call *call) {
    struct tape *t = arg;
    size_t at = strlen(t->text);
    struct plan_route route;
    plan_route(p, node, &route);
    CHECK(route.op == call->op && route.in[0] == call->in[0] && route.out == call->out);
    snprintf(t->text + at, sizeof(t->text) - at, "%s %s %g; ", ran ? "after" : "before",
             op_name(call->op), ran ? (double)*(float *)call->out->data : 0.0);
    return ran && node == t->stop_at ? err_set(ERR_STOPPED, "seen enough") : 0;
}

static int see_stage(void *arg, enum stage stage, int layer, const struct tensor *value) {
    struct tape *t = arg;
    size_t at = strlen(t->text);
    snprintf(t->text + at, sizeof(t->text) - at, "%s.%d %g; ", stage_name(stage), layer,
             (double)((float *)value->data)[1]);
    return 0;
}

TEST(nodes_are_seen_before_and_after_and_then_their_stage) {
    struct small s;
    struct tape tape = {.stop_at = -1};
    small_init(&s);
    const struct plan_watch watch = {see_stage, see_node, &tape};
    EXPECT_INT(plan_run_watched(s.plan, &watch), 0);
    EXPECT_STR(tape.text, "before add 0; after add 2; before relu 0; after relu 2; ffn_act.3 0; "
                          "before matmul 0; after matmul 2; ");
    EXPECT(*(float *)plan_output(s.plan, "y")->data == 2.0f);
    small_done(&s);
}

TEST(either_eye_may_be_shut_and_a_refusal_ends_the_run) {
    struct small s;
    struct tape tape = {.stop_at = 0};
    small_init(&s);
    EXPECT_INT(plan_run_watched(s.plan, &(struct plan_watch){.stage = see_stage, .arg = &tape}), 0);
    EXPECT_STR(tape.text, "ffn_act.3 0; ");
    tape.text[0] = 0;
    EXPECT_INT(plan_run_watched(s.plan, &(struct plan_watch){.node = see_node, .arg = &tape}),
               ERR_STOPPED);
    EXPECT_STR(err_text(), "seen enough");
    EXPECT_STR(tape.text, "before add 0; after add 2; ");
    EXPECT_INT(plan_run_watched(s.plan, NULL), 0);
    EXPECT_INT(plan_run_watched(s.plan, &(struct plan_watch){0}), 0);
    small_done(&s);
}

TEST(a_route_says_what_its_operands_are) {
    struct small s;
    struct plan_route add, relu, matmul;
    small_init(&s);
    plan_route(s.plan, 0, &add);
    plan_route(s.plan, 1, &relu);
    plan_route(s.plan, 2, &matmul);
    EXPECT_STR(add.names[0], "x");
    EXPECT_STR(add.names[1], "bias");
    EXPECT(!add.is_weight[0] && add.is_weight[1] && !relu.names[0]);
    EXPECT_STR(matmul.names[1], "map");
    EXPECT_INT(relu.values[0], add.values[OP_INPUTS_MAX]);
    EXPECT_INT(matmul.values[0], relu.values[OP_INPUTS_MAX]);
    EXPECT(relu.stage == STAGE_FFN_ACT && relu.layer == 3 && matmul.params != NULL);
    small_done(&s);
}

TEST(an_op_that_runs_whole_names_the_stages_inside) {
    struct tensor q, k, past;
    enum stage stages[4];
    CHECK(tensor_init(&q, DTYPE_F32, SHAPE(1, 2, 4, 8)) == 0);
    CHECK(tensor_init(&k, DTYPE_F32, SHAPE(1, 6, 2, 8)) == 0);
    CHECK(tensor_init(&past, DTYPE_I32, SHAPE(1)) == 0);
    struct op_call call = {
        .op = OP_ATTENTION, .in = {&q, &k, &k, &past}
    };
    REQUIRE(composite_stages(&call, stages, 4) == 2);
    EXPECT(stages[0] == STAGE_ATTN_SCORES && stages[1] == STAGE_ATTN_SOFTMAX);
    EXPECT_INT(composite_stages(&call, stages, 1), 1);
    call = (struct op_call){.op = OP_RELU, .in = {&q}};
    EXPECT_INT(composite_stages(&call, stages, 4), 0);
}
