/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/graph.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/graph/plan.h"
#include "tests/test.h"

TEST(the_first_failure_sticks_and_what_comes_after_is_harmless) {
    struct graph g;
    graph_init(&g);
    struct value *x = graph_input(&g, "x", DTYPE_F32, SHAPE(3, 8));
    struct value *y = graph_input(&g, "y", DTYPE_F32, SHAPE(5, 7));
    struct value *bad = graph_matmul(&g, x, y);
    struct value *worse = graph_add(&g, graph_reshape(&g, bad, SHAPE(100)), x);
    EXPECT(worse->t.shape[0] == 1); /* may be looked at, and divided by */
    graph_into(&g, worse, x);
    graph_stage(&g, worse, STAGE_LM_HEAD, 1);
    graph_output(&g, "out", worse);
    EXPECT_INT(g.node_count, 0);
    err_set(ERR_IO, "something else");
    EXPECT_INT(graph_check(&g), ERR_ARG);
    EXPECT_STR(err_text(), "matmul of f32 [3, 8], f32 [5, 7]: the last dimensions differ");
    graph_done(&g);
}

/* Each wrong call, and a part of what is said about it. */
static struct value *input(struct graph *g, enum dtype dtype, int rank, const int64_t *shape) {
    char name[16];
    snprintf(name, sizeof(name), "%d", g->value_count);
    return graph_input(g, name, dtype, rank, shape);
}

#define F(...) input(&g, DTYPE_F32, SHAPE(__VA_ARGS__))
#define I(...) input(&g, DTYPE_I32, SHAPE(__VA_ARGS__))
#define REFUSED(call, part)                   \
    do {                                      \
        struct graph g;                       \
        graph_init(&g);                       \
        (void)(call);                         \
        EXPECT_INT(graph_check(&g), ERR_ARG); \
        EXPECT_HAS(err_text(), part);         \
        graph_done(&g);                       \
    } while (0)

TEST(shapes_and_dtypes_that_do_not_fit_are_refused_with_a_sentence) {
    REFUSED(graph_get_rows(&g, F(5, 4), F(3)), "get_rows of f32 [5, 4], f32 [3]: the ids are not");
    REFUSED(graph_get_rows(&g, F(5), I(3)), "the table is not");
    REFUSED(graph_add(&g, F(2, 3), F(2)), "neither of the first's shape nor one row");
    REFUSED(graph_mul(&g, I(2, 3), F(3)), "the first is not f32");
    REFUSED(graph_unary(&g, OP_SILU, I(3)), "silu of i32 [3]: the input is not f32");
    REFUSED(graph_matmul(&g, F(2, 3), F(3)), "the second is not [M, K]");
    REFUSED(graph_matmul(&g, F(2, 3), I(2, 3)), "the second is not [M, K]");
    REFUSED(graph_rms_norm(&g, F(2, 3), F(2), 0), "is not [H]");
    REFUSED(graph_layer_norm(&g, F(2, 3), F(3), F(2), 0), "is not [H]");
    REFUSED(graph_layer_norm(&g, F(2, 3), F(3), NULL, 0), "layer_norm: input 2 is missing");
    REFUSED(graph_rope(&g, F(2, 3, 4), I(3), F(2), ROPE_HALF, 1), "the positions are not");
    REFUSED(graph_rope(&g, F(2, 3, 4), I(2), F(3), ROPE_HALF, 1), "the frequencies are not");
    REFUSED(graph_kv_store(&g, F(1, 4, 2, 3), F(1, 3, 2, 3), I(1)), "with room for T");
    REFUSED(graph_kv_store(&g, F(1, 4, 2, 3), F(1, 5, 2, 3), I(2)), "past is not");
    REFUSED(graph_reshape(&g, F(2, 3), SHAPE(4)), "cannot be seen as f32 [4]");
    REFUSED(graph_narrow(&g, F(2, 3), 1, 2, 2), "has no 2 from 2 in dimension 1");
    REFUSED(graph_permute(&g, F(2, 3), (const int[]){1, 1}), "is no permutation");
    REFUSED((graph_input(&g, "a", DTYPE_F32, SHAPE(1)), graph_input(&g, "a", DTYPE_F32, SHAPE(1))),
            "two inputs named a");
    REFUSED(graph_input(&g, "a", DTYPE_F32, SHAPE(-1)), "input a: dimension 0 is -1");
}

TEST(heads_and_masks_that_do_not_fit_are_refused) {
    struct graph g;
    graph_init(&g);
    struct attention a = {.q = F(1, 2, 3, 4), .k = F(1, 5, 2, 4), .v = F(1, 5, 2, 4), .past = I(1)};
    graph_attention(&g, &a);
    EXPECT(graph_check(&g) < 0);
    EXPECT_HAS(err_text(), "no multiple of the key heads");
    graph_done(&g);
    graph_init(&g);
    a = (struct attention){
        .q = F(1, 2, 4, 4), .k = F(1, 5, 2, 4), .v = F(1, 5, 2, 4), .past = I(1)};
    a.key_mask = F(1, 5);
    graph_attention(&g, &a);
    EXPECT(graph_check(&g) < 0);
    EXPECT_HAS(err_text(), "the key mask is not u8 [B, C]");
    graph_done(&g);
}

TEST(a_result_goes_only_where_nobody_is_hurt) {
    struct graph g;
    for (int i = 0; i < 5; i++) {
        graph_init(&g);
        struct value *x = F(2, 3), *buffer = graph_buffer(&g, DTYPE_F32, SHAPE(2, 6));
        struct value *left = graph_narrow(&g, buffer, 1, 0, 3);
        struct value *right = graph_narrow(&g, buffer, 1, 3, 3);
        struct value *first = graph_scale(&g, i == 3 ? left : x, 2);
        if (i == 4)
            graph_reshape(&g, first, SHAPE(6));
        if (i == 1)
            graph_scale(&g, x, 3);
        graph_into(&g, first, i == 0 ? x : i == 2 ? buffer : right);
        EXPECT_INT(graph_check(&g), ERR_ARG);
        static const char *const why[] = {"not in a buffer", "not the result of the last node",
                                          "another shape", "reads the same buffer",
                                          "views of it already"};
        EXPECT_HAS(err_text(), why[i]);
        graph_done(&g);
    }
}

static uint32_t state;
static uint32_t draw(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

enum { ROWS = 5, WIDTH = 12, VALUES = 40, GRAPHS = 60 };

/* Values of one shape, made of random earlier ones by random ops, views and buffers. */
static struct value *random_value(struct graph *g, struct value *const *have, int count,
                                  struct value *w) {
    struct value *a = have[draw((uint32_t)count)], *b = have[draw((uint32_t)count)];
    switch (draw(6)) {
    case 0:
        return graph_add(g, a, b);
    case 1:
        return graph_unary(g, OP_TANH, graph_matmul(g, a, w));
    case 2:
        return graph_unary(g, OP_SOFTMAX, b);
    case 3: /* two halves, computed apart, into one buffer */ {
        struct value *whole = graph_buffer(g, DTYPE_F32, SHAPE(ROWS, WIDTH));
        for (int half = 0; half < 2; half++) {
            struct value *part = graph_narrow(g, half ? a : b, 1, half * WIDTH / 2, WIDTH / 2);
            graph_into(g, graph_unary(g, OP_SILU, part),
                       graph_narrow(g, whole, 1, half * WIDTH / 2, WIDTH / 2));
        }
        return whole;
    }
    case 4: /* by way of its transpose */
        a = graph_copy(g, graph_permute(g, a, (const int[]){1, 0}), DTYPE_F32);
        return graph_copy(g, graph_permute(g, a, (const int[]){1, 0}), DTYPE_F32);
    default:
        return graph_mul(g, graph_scale(g, a, 0.9), b);
    }
}

struct tape {
    float numbers[ROWS * WIDTH * (VALUES + 1)];
    int len;
};

static int record(void *arg, enum stage stage, int layer, const struct tensor *t) {
    struct tape *tape = arg;
    (void)stage, (void)layer;
    memcpy(tape->numbers + tape->len, t->data, tensor_size(t));
    tape->len += ROWS * WIDTH;
    return 0;
}

static size_t run(const struct graph *g, struct device *dev, unsigned flags, struct tape *tape) {
    struct plan *p = NULL;
    struct buffer workspace;
    float x[ROWS * WIDTH];
    struct tensor t;
    for (int i = 0; i < ROWS * WIDTH; i++)
        x[i] = (float)(i % 13) / 6 - 1;
    CHECK(plan_new(&p, g, dev, flags) == 0);
    size_t bytes = plan_bytes(p);
    CHECK(buffer_init(&workspace, dev, bytes) == 0);
    memset(workspace.data, 0xff, bytes); /* NaN: what nobody wrote shows */
    CHECK(tensor_init(&t, DTYPE_F32, SHAPE(ROWS, WIDTH)) == 0);
    t.data = x;
    CHECK(plan_bind(p, "x", &t) == 0 && plan_use(p, &workspace) == 0);
    tape->len = 0;
    EXPECT_INT(plan_run(p, record, tape), 0);
    record(tape, STAGE_NONE, 0, plan_output(p, "out"));
    plan_free(p);
    buffer_done(&workspace);
    return bytes;
}

TEST(random_graphs_compute_the_same_bits_whether_memory_is_reused_or_not) {
    static struct tape reused, apart;
    static float numbers[WIDTH * WIDTH];
    struct tensor w;
    struct device *dev = NULL;
    size_t small = 0, large = 0;
    REQUIRE(device_open(&dev, "cpu", &(struct device_options){.threads = 2}) == 0);
    REQUIRE(tensor_init(&w, DTYPE_F32, SHAPE(WIDTH, WIDTH)) == 0);
    w.data = numbers;
    for (int i = 0; i < WIDTH * WIDTH; i++)
        numbers[i] = (float)((i * 29) % 23) / 23 - 0.5f;
    for (state = 1; state <= GRAPHS; state++) {
        uint32_t seed = state;
        struct graph g;
        struct value *have[VALUES];
        graph_init(&g);
        have[0] = graph_input(&g, "x", DTYPE_F32, SHAPE(ROWS, WIDTH));
        struct value *weight = graph_weight(&g, "w", &w);
        for (int i = 1; i < VALUES; i++) {
            have[i] = random_value(&g, have, i, weight);
            if (draw(3) == 0)
                graph_stage(&g, have[i], STAGE_FFN_OUT, i);
        }
        graph_output(&g, "out", have[VALUES / 2]);
        EXPECT_INT(graph_check(&g), 0);
        small += run(&g, dev, 0, &reused);
        large += run(&g, dev, PLAN_NO_REUSE, &apart);
        int nan = 0;
        for (int i = 0; i < reused.len; i++)
            nan += isnan(reused.numbers[i]) != 0;
        EXPECT(nan == 0 && reused.len == apart.len);
        EXPECT(memcmp(reused.numbers, apart.numbers, (size_t)reused.len * sizeof(float)) == 0);
        graph_done(&g);
        state = seed;
    }
    EXPECT(small * 2 < large);
    device_close(dev);
}
