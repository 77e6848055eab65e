/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/plan.h"

#include <malloc.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "tests/test.h"

enum { N = 3, H = 8, M = 5, VOCAB = 11 };

/* A backend with memory of its own: its addresses are host addresses with one bit turned, so that
 * whoever uses one without copying crashes. It can add, and multiply matrices of bf16. */
#define SECRET ((uintptr_t)1 << 62)
static int kernels_run;
static size_t allocated;

static void *here(const void *address) {
    return (void *)((uintptr_t)address ^ SECRET);
}

static int far_alloc(struct device *dev, size_t size, void **out) {
    (void)dev;
    void *p = aligned_alloc(256, (size + 255) / 256 * 256);
    if (!p)
        return ERR_NOMEM;
    allocated += size;
    *out = here(p);
    return 0;
}

static void far_free(struct device *dev, void *address) {
    (void)dev;
    free(here(address));
}

static int far_write(struct device *dev, void *to, const void *host, size_t size) {
    (void)dev;
    memcpy(here(to), host, size);
    return 0;
}

static int far_read(struct device *dev, void *host, const void *from, size_t size) {
    (void)dev;
    memcpy(host, here(from), size);
    return 0;
}

static int far_copy(struct device *dev, void *to, const void *from, size_t size) {
    (void)dev;
    memcpy(here(to), here(from), size);
    return 0;
}

/* The reference's kernel, on the addresses that the device's stand for. */
static int far_run(struct device *dev, const struct op_call *call) {
    struct op_call mine = *call;
    struct tensor in[OP_INPUTS_MAX], out = *call->out;
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (call->in[i]) {
            in[i] = *call->in[i];
            in[i].data = here(in[i].data);
            mine.in[i] = &in[i];
        }
    out.data = here(out.data);
    mine.out = &out;
    mine.scratch = here(call->scratch);
    kernels_run++;
    return backend_kernel(dev->host, call)->run(dev->host, &mine);
}

static size_t far_scratch(const struct device *dev, const struct op_call *call) {
    const struct kernel *k = backend_kernel(dev->host, call);
    return k->scratch ? k->scratch(dev->host, call) : 0;
}

static bool is_even(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return tensor_row_len(call->in[0]) % 2 == 0;
}

static const struct kernel far_kernels[] = {
    {OP_MATMUL,  DTYPE_BIT(DTYPE_BF16), "far.matmul_even", is_even, far_scratch, far_run},
    {OP_MATMUL,  DTYPE_BIT(DTYPE_BF16), "far.matmul",      NULL,    far_scratch, far_run},
    {OP_ADD,     DTYPES_STORAGE,        "far.add",         NULL,    far_scratch, far_run},
    {OP_SOFTMAX, DTYPES_STORAGE,        "far.softmax",     NULL,    far_scratch, far_run},
    KERNEL_END_ROW,
};

static const struct backend far = {
    .name = "far",
    .kernels = far_kernels,
    .alloc = far_alloc,
    .free = far_free,
    .write = far_write,
    .read = far_read,
    .copy = far_copy,
};

static struct device *host;
static struct device far_device;

static struct device *cpu(void) {
    if (!host)
        CHECK(device_open(&host, "cpu", &(struct device_options){.threads = 2}) == 0);
    return host;
}

static struct device *far_away(void) {
    far_device = (struct device){.backend = &far, .host = cpu(), .pool = cpu()->pool};
    return &far_device;
}

__attribute__((destructor)) static void close_host(void) {
    device_close(host);
}

/* Owned tensors of a model of one layer, on any device. */
struct model {
    struct tensor table, w, bias, cache_k, cache_v;
    struct buffer buffers[5];
};

static float value_at(int64_t i) {
    return (float)((i * 37 + 11) % 64 - 32) / 32;
}

static void make(struct tensor *t, struct buffer *b, struct device *dev, enum dtype dtype, int rank,
                 const int64_t *shape) {
    CHECK(tensor_init(t, dtype, rank, shape) == 0);
    float *from = xcalloc((size_t)tensor_count(t), sizeof(float));
    void *bytes = xcalloc(tensor_size(t), 1);
    for (int64_t i = 0; i < tensor_count(t); i++)
        from[i] = value_at(i);
    dtype_convert(bytes, dtype, from, DTYPE_F32, tensor_count(t));
    CHECK(buffer_init(b, dev, tensor_size(t)) == 0);
    CHECK(buffer_write(b, 0, bytes, tensor_size(t)) == 0);
    t->data = b->data;
    free(from);
    free(bytes);
}

static void model_init(struct model *m, struct device *dev) {
    *m = (struct model){0};
    make(&m->table, &m->buffers[0], dev, DTYPE_F16, SHAPE(VOCAB, H));
    make(&m->w, &m->buffers[1], dev, DTYPE_BF16, SHAPE(3 * H, H));
    make(&m->bias, &m->buffers[2], dev, DTYPE_F32, SHAPE(3 * H));
    make(&m->cache_k, &m->buffers[3], dev, DTYPE_F32, SHAPE(1, M, 2, H / 2));
    make(&m->cache_v, &m->buffers[4], dev, DTYPE_F32, SHAPE(1, M, 2, H / 2));
}

static void model_done(struct model *m) {
    for (int i = 0; i < 5; i++)
        buffer_done(&m->buffers[i]);
}

/* Ids → embedding → q, k and v side by side in one buffer → cache → attention. */
static void build(struct graph *g, const struct model *m) {
    graph_init(g);
    struct value *ids = graph_input(g, "ids", DTYPE_I32, SHAPE(N));
    struct value *past = graph_input(g, "past", DTYPE_I32, SHAPE(1));
    struct value *x = graph_get_rows(g, graph_weight(g, "table", &m->table), ids);
    graph_stage(g, x, STAGE_EMBEDDING, -1);
    struct value *w = graph_weight(g, "w", &m->w);
    struct value *qkv = graph_buffer(g, DTYPE_F32, SHAPE(N, 3 * H));
    for (int i = 0; i < 3; i++) {
        struct value *part = graph_matmul(g, x, graph_narrow(g, w, 0, i * H, H));
        graph_into(g, part, graph_narrow(g, qkv, 1, i * H, H));
    }
    graph_stage(g, qkv, STAGE_QKV_MATMUL, 0);
    struct value *biased = graph_add(g, qkv, graph_weight(g, "bias", &m->bias));
    graph_stage(g, biased, STAGE_QKV_BIAS, 0);
    struct value *heads[3];
    for (int i = 0; i < 3; i++)
        heads[i] = graph_reshape(g, graph_narrow(g, biased, 1, i * H, H), SHAPE(1, N, 2, H / 2));
    struct attention a = {.q = heads[0], .past = past, .scale = 0.5, .causal = true};
    a.k = graph_kv_store(g, heads[1], graph_weight(g, "cache_k", &m->cache_k), past);
    a.v = graph_kv_store(g, heads[2], graph_weight(g, "cache_v", &m->cache_v), past);
    struct value *out = graph_attention(g, &a);
    graph_stage(g, out, STAGE_ATTENTION, 0);
    graph_output(g, "out", graph_scale(g, graph_reshape(g, out, SHAPE(N, H)), 2));
}

struct seen {
    int count;
    enum stage stages[16];
    int layers[16];
    double sum; /* of all numbers seen */
};

static int look(void *arg, enum stage stage, int layer, const struct tensor *t) {
    struct seen *s = arg;
    s->layers[s->count] = layer;
    s->stages[s->count++] = stage;
    if ((uintptr_t)t->data & SECRET || t->dtype != DTYPE_F32)
        return 0;
    for (int64_t r = 0; r < tensor_rows(t); r++)
        for (int64_t i = 0; i < tensor_row_len(t); i++)
            s->sum += fabs((double)((float *)tensor_row(t, r))[i]);
    return 0;
}

/* Binds inputs, which lie on the device, and runs; out has N * H floats. */
static int run(struct plan *p, struct device *dev, const int32_t *ids, int32_t past, float *out,
               struct seen *seen) {
    struct buffer b = {0};
    struct tensor t;
    int32_t both[32] = {ids[0], ids[1], ids[2]};
    both[16] = past;
    CHECK(buffer_init(&b, dev, sizeof(both)) == 0);
    CHECK(buffer_write(&b, 0, both, sizeof(both)) == 0);
    CHECK(tensor_init(&t, DTYPE_I32, SHAPE(N)) == 0);
    t.data = b.data;
    CHECK(plan_bind(p, "ids", &t) == 0);
    CHECK(tensor_init(&t, DTYPE_I32, SHAPE(1)) == 0);
    t.data = (char *)b.data + 64;
    CHECK(plan_bind(p, "past", &t) == 0);
    int rc = plan_run(p, seen ? look : NULL, seen);
    if (rc == 0)
        rc = device_read(dev, out, plan_output(p, "out")->data, N * H * sizeof(float));
    buffer_done(&b);
    return rc;
}

static int run_on(struct device *dev, unsigned flags, float *out, struct seen *seen,
                  int routes[ROUTE_COUNT]) {
    struct model m;
    struct graph g;
    struct plan *p = NULL;
    model_init(&m, dev);
    build(&g, &m);
    int rc = plan_new(&p, &g, dev, flags);
    graph_done(&g); /* a plan does not need it */
    if (rc == 0)
        rc = run(p, dev, (const int32_t[]){10, 0, 3}, 1, out, seen);
    for (int i = 0; rc == 0 && i < ROUTE_COUNT; i++)
        routes[i] = plan_routes(p, (enum route_kind)i);
    plan_free(p);
    model_done(&m);
    return rc;
}

TEST(every_route_and_every_layout_of_memory_gives_the_same_bits) {
    float want[N * H], got[N * H];
    int routes[ROUTE_COUNT];
    struct seen seen = {0};
    REQUIRE(run_on(cpu(), PLAN_NO_REUSE, want, NULL, routes) == 0);
    EXPECT(routes[ROUTE_NATIVE] == 0 && routes[ROUTE_COMPOSITE] == 0);
    EXPECT_INT(routes[ROUTE_REFERENCE], 9);
    REQUIRE(run_on(cpu(), PLAN_STRICT, got, &seen, routes) == 0);
    EXPECT(memcmp(want, got, sizeof(got)) == 0);
    EXPECT_INT(seen.count, 4);
    EXPECT(seen.stages[0] == STAGE_EMBEDDING && seen.layers[0] == -1);
    EXPECT(seen.stages[1] == STAGE_QKV_MATMUL && seen.layers[1] == 0);
    EXPECT(seen.stages[3] == STAGE_ATTENTION && seen.sum > 1);
}

TEST(a_device_that_can_little_but_copy_runs_it_all_through_composites_and_the_host) {
    float want[N * H], got[N * H];
    int routes[ROUTE_COUNT];
    struct seen seen = {0};
    REQUIRE(run_on(cpu(), PLAN_UNFUSED, want, NULL, routes) == 0);
    kernels_run = 0;
    REQUIRE(run_on(far_away(), 0, got, &seen, routes) == 0);
    EXPECT(memcmp(want, got, sizeof(got)) == 0);
    EXPECT_INT(routes[ROUTE_NATIVE], 4);    /* three matmuls, one add */
    EXPECT_INT(routes[ROUTE_COMPOSITE], 1); /* the softmax in attention */
    EXPECT_INT(routes[ROUTE_REFERENCE], 6);
    EXPECT_INT(kernels_run, 5);
    EXPECT(seen.count == 6 && seen.stages[3] == STAGE_ATTN_SCORES && seen.layers[4] == 0);
}

TEST(a_strict_plan_refuses_the_reference_by_op_and_shape) {
    float got[N * H];
    int routes[ROUTE_COUNT];
    EXPECT_INT(run_on(far_away(), PLAN_STRICT, got, NULL, routes), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "far has no kernel for get_rows of f16 [11, 8] to f32 [3, 8]");
}

TEST(rows_of_kernels_are_tried_in_order_and_asked_about_the_shape) {
    struct tensor even, odd;
    struct graph g;
    struct plan *p = NULL;
    struct plan_route route;
    graph_init(&g);
    REQUIRE(tensor_init(&even, DTYPE_BF16, SHAPE(2, 8)) == 0);
    REQUIRE(tensor_init(&odd, DTYPE_BF16, SHAPE(2, 7)) == 0);
    struct value *x = graph_input(&g, "x", DTYPE_F32, SHAPE(3, 8));
    struct value *y = graph_input(&g, "y", DTYPE_F32, SHAPE(3, 7));
    graph_stage(&g, graph_matmul(&g, x, graph_weight(&g, "even", &even)), STAGE_FFN_UP, 4);
    graph_matmul(&g, y, graph_weight(&g, "odd", &odd));
    REQUIRE(plan_new(&p, &g, far_away(), PLAN_STRICT) == 0);
    plan_route(p, 0, &route);
    EXPECT_STR(route.kernel, "far.matmul_even");
    EXPECT(route.op == OP_MATMUL && route.stage == STAGE_FFN_UP && route.layer == 4);
    EXPECT(route.out->shape[1] == 2 && route.in[1]->shape[1] == 8 && !route.in[2]);
    plan_route(p, 1, &route);
    EXPECT_STR(route.kernel, "far.matmul");
    EXPECT(route.kind == ROUTE_NATIVE && plan_len(p) == 2);
    plan_free(p);
    graph_done(&g);
}

/* 70 billion parameters, none of them here. */
TEST(a_plan_is_made_and_measured_without_weights_or_memory) {
    struct tensor w;
    struct graph g;
    struct plan *p = NULL;
    REQUIRE(tensor_init(&w, DTYPE_BF16, SHAPE(28672, 8192)) == 0);
    graph_init(&g);
    struct value *x = graph_input(&g, "x", DTYPE_F32, SHAPE(1, 8192));
    for (int i = 0; i < 300; i++) {
        struct value *up = graph_matmul(&g, x, graph_weight(&g, "w", &w));
        x = graph_add(&g, x, graph_narrow(&g, up, 1, i, 8192));
    }
    graph_output(&g, "x", x);
    allocated = 0;
    REQUIRE(plan_new(&p, &g, far_away(), 0) == 0);
    EXPECT_INT(allocated, 0);
    EXPECT(plan_bytes(p) > 2 * 8192 * 4 && plan_bytes(p) < 4000000);
    EXPECT_INT(plan_run(p, NULL, NULL), ERR_ARG);
    plan_free(p);
    graph_done(&g);
}

TEST(what_is_missing_or_out_of_range_is_said_before_anything_runs) {
    struct model m;
    struct graph g;
    struct plan *p = NULL;
    struct tensor t;
    float out[N * H];
    struct seen seen = {0};
    struct device *devices[] = {cpu(), far_away()};
    for (int d = 0; d < 2; d++) {
        model_init(&m, devices[d]);
        build(&g, &m);
        REQUIRE(plan_new(&p, &g, devices[d], 0) == 0);
        EXPECT_INT(plan_run(p, look, &seen), ERR_ARG);
        EXPECT_HAS(err_text(), "input ids has no bytes");
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 11, 0}, 0, out, &seen), ERR_ARG);
        EXPECT_HAS(err_text(), "get_rows: row 11 (entry 1) of a table of 11");
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 1, -1}, 0, out, &seen), ERR_ARG);
        EXPECT_HAS(err_text(), "row -1 (entry 2)");
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 1, 2}, 3, out, &seen), ERR_ARG);
        EXPECT_HAS(err_text(), "kv_store: 3 slots before this step in batch row 0");
        EXPECT_INT(seen.count, 0);
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 1, 2}, 2, out, NULL), 0);
        m.w.data = NULL;
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 1, 2}, 2, out, NULL), ERR_ARG);
        EXPECT_HAS(err_text(), "weight w has no bytes");
        m.w.data = (char *)m.buffers[1].data + 1;
        EXPECT_INT(run(p, devices[d], (const int32_t[]){0, 1, 2}, 2, out, NULL), ERR_ARG);
        EXPECT_HAS(err_text(), "weight w does not lie at a multiple of 2 bytes");
        REQUIRE(tensor_init(&t, DTYPE_I32, SHAPE(N + 1)) == 0);
        EXPECT_INT(plan_bind(p, "ids", &t), ERR_ARG);
        EXPECT_HAS(err_text(), "input ids is i32 [4], not i32 [3]");
        EXPECT_INT(plan_bind(p, "tokens", &t), ERR_NOTFOUND);
        EXPECT(plan_output(p, "nothing") == NULL);
        plan_free(p);
        graph_done(&g);
        model_done(&m);
    }
}

static int stop(void *arg, enum stage stage, int layer, const struct tensor *t) {
    (void)arg, (void)layer, (void)t;
    return stage == STAGE_QKV_MATMUL ? err_set(ERR_STOPPED, "enough") : 0;
}

TEST(a_run_allocates_nothing_shares_its_workspace_and_stops_when_told) {
    struct model m;
    struct graph g;
    struct plan *p = NULL, *q = NULL;
    struct buffer workspace, small;
    float first[N * H], second[N * H];
    const int32_t ids[] = {4, 5, 6};
    model_init(&m, cpu());
    build(&g, &m);
    REQUIRE(plan_new(&p, &g, cpu(), 0) == 0 && plan_new(&q, &g, cpu(), PLAN_UNFUSED) == 0);
    size_t most = plan_bytes(p) > plan_bytes(q) ? plan_bytes(p) : plan_bytes(q);
    REQUIRE(buffer_init(&workspace, cpu(), most) == 0 && buffer_init(&small, cpu(), 64) == 0);
    EXPECT_INT(plan_use(p, &small), ERR_ARG);
    EXPECT(plan_use(p, &workspace) == 0 && plan_use(q, &workspace) == 0);
    REQUIRE(run(p, cpu(), ids, 0, first, NULL) == 0);
    REQUIRE(run(q, cpu(), ids, 0, second, NULL) == 0);
    for (int i = 0; i < N * H; i++)
        EXPECT(fabsf(first[i] - second[i]) < 1e-5f);
    size_t before = mallinfo2().uordblks;
    struct tensor t;
    REQUIRE(tensor_init(&t, DTYPE_I32, SHAPE(N)) == 0);
    t.data = (void *)(uintptr_t)ids;
    EXPECT(plan_bind(p, "ids", &t) == 0);
    REQUIRE(tensor_init(&t, DTYPE_I32, SHAPE(1)) == 0);
    t.data = (int32_t[]){0};
    EXPECT(plan_bind(p, "past", &t) == 0);
    EXPECT_INT(plan_run(p, NULL, NULL), 0);
    EXPECT_INT(mallinfo2().uordblks, before);
    EXPECT(memcmp(plan_output(p, "out")->data, first, sizeof(first)) == 0);
    EXPECT_INT(plan_run(p, stop, NULL), ERR_STOPPED);
    EXPECT_STR(err_text(), "enough");
    plan_free(p);
    plan_free(q);
    graph_done(&g);
    buffer_done(&workspace);
    buffer_done(&small);
    model_done(&m);
}
