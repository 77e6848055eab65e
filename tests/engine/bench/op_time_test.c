/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/op_time.h"

#include "engine/base/err.h"
#include "tests/test.h"

static struct op_case find(const struct op_axes *axes, enum op op, const char *name) {
    struct op_case c = {.op = OP_COUNT};
    for (int i = 0; i < op_case_count(axes->geometry); i++)
        if (op_case_init(&c, axes, i) == 0 && c.op == op && strcmp(c.name, name) == 0)
            return c;
    (void)test_check(false, __FILE__, __LINE__, "there is no case %s", name);
    return c;
}

/* hidden 64, intermediate 96, 4 heads and 2 key heads of 16, 512 ids */
TEST(costs_follow_from_shapes) {
    struct op_axes a = {geometry_find("tiny"), 3, 5, DTYPE_F32};
    struct op_case c = find(&a, OP_MATMUL, "gate");
    EXPECT(c.operations == 2.0 * 3 * 96 * 64);
    EXPECT(c.bytes == 4.0 * (3 * 64 + 96 * 64 + 3 * 96));
    EXPECT(c.resident[1] && !c.resident[0] && c.peak == PEAK_F32);
    c = find(&a, OP_ATTENTION, "attention"); /* queries see 6, 7 and 8 keys */
    EXPECT(c.operations == 4.0 * 64 * (6 + 7 + 8));
    EXPECT_INT(c.in[1].shape[1], 8);
    c = find(&a, OP_GET_ROWS, "embed");
    EXPECT(c.bytes == 4.0 * (3 * 64 + 3 + 3 * 64));
    c = find(&a, OP_KV_STORE, "k");
    EXPECT(c.bytes == 4.0 * 2 * 3 * 32);
}

TEST(blocks_are_multiplied_as_integers_where_rows_fit) {
    struct op_axes a = {geometry_find("tiny"), 1, 0, DTYPE_Q8_0};
    struct op_case c = find(&a, OP_MATMUL, "down");
    EXPECT(c.bytes == 4.0 * (96 + 64) + 64 * 96 / 32 * 34);
    EXPECT(c.peak == (peak_find(PEAK_I8) ? PEAK_I8 : PEAK_F32));
    a.dtype = DTYPE_Q4_K; /* of 256: no row is that long, and the rest has no weights */
    for (int i = 0; i < op_case_count(a.geometry); i++)
        EXPECT_INT(op_case_init(&c, &a, i), ERR_UNSUPPORTED);
}

TEST(every_case_of_every_geometry_has_a_shape) {
    struct op_case c;
    char text[TENSOR_TEXT_SIZE];
    for (const struct geometry *g = geometry_table; g->name; g++) {
        const struct op_axes a = {g, 1, 100, DTYPE_F32};
        EXPECT(geometry_find(g->name) == g && op_case_count(g) > 10);
        for (int i = 0; i < op_case_count(g); i++) {
            EXPECT_INT(op_case_init(&c, &a, i), 0);
            EXPECT(c.bytes > 0 && *op_case_text(&c, text));
        }
    }
    EXPECT(geometry_find("none") == NULL);
}

TEST(each_case_runs_and_says_by_whom) {
    struct machine machine = {.cores = 1, .cache_size = 1 << 20, .core_cache_size = 1 << 10};
    const struct gauge_options go = {.memory_size = 1 << 22, .milliseconds = 1};
    const struct op_time_options o = {.footprint = 1 << 17, .repetitions = 2, .milliseconds = 1};
    const struct op_axes a = {geometry_find("tiny"), 2, 4, DTYPE_F32};
    struct device *dev = NULL;
    struct gauge *g = NULL;
    struct op_case c;
    struct op_time t;
    REQUIRE(device_open(&dev, "cpu", &(struct device_options){.threads = 1}) == 0);
    REQUIRE(gauge_new(&g, dev->pool, &machine, &go) == 0);
    for (int i = 0; i < op_case_count(a.geometry); i++) {
        if (op_case_init(&c, &a, i) != 0)
            continue;
        EXPECT_INT(op_time_measure(&t, &c, dev, g, &machine, &o), 0);
        EXPECT_HAS(t.kernel, op_name(c.op));
        EXPECT(t.route == ROUTE_REFERENCE && t.seconds.len == 2 && sample_low(&t.seconds) > 0);
        EXPECT(t.limit ? sample_high(&t.fraction) > 0 && sample_high(&t.fraction) <= 1.2
                       : t.fraction.len == 0);
    }
    c = find(&a, OP_MATMUL, "gate"); /* 96 × 64 × 4 bytes */
    EXPECT_INT(op_time_measure(&t, &c, dev, g, &machine, &o), 0);
    EXPECT_INT(t.copies, (1 << 17) / (96 * 64 * 4) + 1);
    gauge_free(g);
    device_close(dev);
}
