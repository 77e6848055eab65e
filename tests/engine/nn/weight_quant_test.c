/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_quant.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/nn/weights_options.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "engine/tensor/quant.h"
#include "tests/test.h"

enum { ROOM = 1 << 16 };

static int open_model(struct model **out, const char *folder, struct weights_options weights,
                      int threads) {
    static struct device *devices[5]; /* for the whole executable */
    const struct model_options o = {.weights = weights};
    const struct device_options d = {.threads = threads};
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, folder);
    *out = NULL;
    if (!devices[threads] && device_open(&devices[threads], "cpu", &d) < 0)
        return ERR_IO;
    return model_open(out, path, devices[threads], &o);
}

/* Whether `blocks` is what becomes of `plain`, which is f32. */
static bool is_of(const struct tensor *blocks, const struct tensor *plain) {
    static uint8_t bytes[ROOM];
    size_t size = tensor_size(blocks);
    return tensor_same_shape(blocks, plain) && plain->dtype == DTYPE_F32 && size <= ROOM &&
           quant_encode(bytes, blocks->dtype, plain->data, tensor_count(plain)) &&
           memcmp(bytes, blocks->data, size) == 0;
}

TEST(rows_that_are_no_whole_blocks_take_smaller_ones_or_stay) {
    EXPECT_INT(weight_quant_fit(DTYPE_Q4_K, 512), DTYPE_Q4_K);
    EXPECT_INT(weight_quant_fit(DTYPE_Q6_K, 896), DTYPE_Q8_0);
    EXPECT_INT(weight_quant_fit(DTYPE_Q4_0, 96), DTYPE_Q4_0);
    EXPECT(!dtype_is_block(weight_quant_fit(DTYPE_Q4_0, 48)));
    EXPECT(!dtype_is_block(weight_quant_fit(DTYPE_Q4_K, 0)));
}

TEST(matrices_are_quantised_and_nothing_else) {
    struct model *plain, *m;
    REQUIRE(open_model(&plain, "llama", (struct weights_options){0}, 1) == 0);
    REQUIRE(open_model(&m, "llama",
                       (struct weights_options){.quant = DTYPE_Q4_0, .quant_embedding = DTYPE_Q8_0},
                       1) == 0);
    const struct layer *of = m->weights.layers, *from = plain->weights.layers;
    EXPECT(of->q->dtype == DTYPE_Q4_0 && is_of(of->q, from->q) && is_of(of->up, from->up));
    EXPECT(of[1].down->dtype == DTYPE_F32 && of->attn_norm->dtype == DTYPE_F32);
    EXPECT(m->weights.globals.head->dtype == DTYPE_Q4_0); /* not tied here */
    EXPECT(is_of(m->weights.globals.head, plain->weights.globals.head));
    EXPECT(m->weights.globals.embed->dtype == DTYPE_Q8_0);
    EXPECT(is_of(m->weights.globals.embed, plain->weights.globals.embed));
    EXPECT_INT(m->weights.misfits, 2);
    EXPECT_INT(plain->weights.misfits, 0);
    EXPECT(m->weights.bytes < plain->weights.bytes / 2);
    EXPECT_INT(m->weights.parameters, plain->weights.parameters);
    model_close(m);
    model_close(plain);
}

TEST(a_tied_head_shares_the_blocks_of_the_embedding) {
    struct model *m;
    REQUIRE(open_model(&m, "qwen3",
                       (struct weights_options){.quant = DTYPE_Q4_0, .quant_embedding = DTYPE_Q8_0},
                       1) == 0);
    EXPECT(m->weights.tied && m->weights.globals.head == m->weights.globals.embed);
    EXPECT_INT(m->weights.globals.head->dtype, DTYPE_Q8_0);
    model_close(m);
}

TEST(turned_matrices_and_small_tables_do_as_the_graph_needs) {
    struct model *plain, *m;
    const struct weights_options o = {.quant = DTYPE_Q8_0, .quant_embedding = DTYPE_Q8_0};
    REQUIRE(open_model(&plain, "gpt2", (struct weights_options){0}, 1) == 0);
    REQUIRE(open_model(&m, "gpt2", o, 1) == 0);
    const struct layer *of = m->weights.layers, *from = plain->weights.layers;
    EXPECT(is_of(of->qkv, from->qkv) && is_of(of->down, from->down) && is_of(of->o, from->o));
    EXPECT_INT(m->weights.globals.position->dtype, DTYPE_F32);
    model_close(m);
    model_close(plain);
}

TEST(threads_change_nothing) {
    struct model *one, *four;
    const struct weights_options o = {.quant = DTYPE_Q8_0};
    REQUIRE(open_model(&one, "llama", o, 1) == 0 && open_model(&four, "llama", o, 4) == 0);
    for (size_t i = 0; i < one->weights.loaded_len; i++) {
        const struct tensor *a = &one->weights.loaded[i].tensor;
        const struct tensor *b = &four->weights.loaded[i].tensor;
        EXPECT(a->dtype == b->dtype && memcmp(a->data, b->data, tensor_size(a)) == 0);
    }
    model_close(one);
    model_close(four);
}

static int spoil(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    static float values[ROOM];
    (void)cp;
    if (!strstr(name, "layers.1.self_attn.q_proj"))
        return 0;
    memcpy(values, t->data, tensor_size(t));
    values[5 * t->shape[1] + 3] = *(const float *)arg;
    values[9 * t->shape[1]] = *(const float *)arg;
    t->data = values;
    return 1;
}

TEST(what_no_block_holds_is_refused) {
    static float bad[] = {NAN, INFINITY, -1e30f};
    for (int i = 0; i < 3; i++) {
        struct model *m;
        const struct weights_options o = {.quant = DTYPE_Q8_0, .edit = spoil, .edit_arg = &bad[i]};
        EXPECT_INT(open_model(&m, "llama", o, i + 1), ERR_FORMAT);
        EXPECT_HAS(err_text(), "layers.1.self_attn.q_proj.weight\": row 5 holds a NaN, an infinity "
                               "or a number too large for q8_0");
    }
}

TEST(options_say_what_there_is) {
    struct weights_options o = {0};
    EXPECT_INT(weights_options_parse(&o, "bf16", "q4_k", NULL), 0);
    EXPECT(o.cast && o.dtype == DTYPE_BF16 && o.quant == DTYPE_Q4_K);
    EXPECT_INT(o.quant_embedding, DTYPE_Q4_K);
    EXPECT_INT(weights_options_parse(&o, NULL, "q6_k", "q8_0"), 0);
    EXPECT(o.quant == DTYPE_Q6_K && o.quant_embedding == DTYPE_Q8_0);
    EXPECT_INT(weights_options_parse(&o, NULL, "q6_k", "keep"), 0);
    EXPECT(!dtype_is_block(o.quant_embedding));
    EXPECT_INT(weights_options_parse(&o, "q8_0", NULL, NULL), ERR_ARG);
    EXPECT_INT(weights_options_parse(&o, NULL, "bf16", NULL), ERR_ARG);
    EXPECT_INT(weights_options_parse(&o, NULL, NULL, "q5"), ERR_ARG);
    EXPECT_HAS(err_text(), "\"q5\" (q8_0, q4_0, q4_k, q6_k, keep)");
}

/* What the blocks of a matrix stand for, as f32: an edit that does to numbers what blocks do. */
struct decoded {
    enum dtype dtype;
    void *bytes[64]; /* of the model's lifetime */
    int len;
};

static int decode(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    struct decoded *d = arg;
    bool table = strstr(name, "wpe") || strstr(name, "position_") || strstr(name, "token_type_");
    (void)cp;
    if (t->rank != 2 || table || t->shape[1] % dtype_block(d->dtype) != 0)
        return 0;
    uint8_t *blocks = malloc(dtype_bytes(d->dtype, tensor_count(t)));
    float *values = d->bytes[d->len++] = malloc(tensor_size(t));
    (void)quant_encode(blocks, d->dtype, t->data, tensor_count(t));
    quant_decode(values, d->dtype, blocks, tensor_count(t));
    free(blocks);
    t->data = values;
    return 1;
}

/* The logits of a step of five ids; malloc'd. */
static float *logits(struct model *m, int64_t *count) {
    static const int32_t ids[] = {5, 17, 200, 31, 8};
    const struct session_options o = {.capacity = 8};
    const struct step step = {.rows = 1, .tokens = 5, .ids = ids, .keep = KEEP_ALL};
    struct session *s = NULL;
    struct tensor t = {0};
    float *values = NULL;
    if (session_new(&s, m, &o) == 0 && session_step(s, &step) >= 0 &&
        session_output(s, "logits", &t)) {
        *count = tensor_count(&t);
        values = malloc(tensor_size(&t));
        memcpy(values, t.data, tensor_size(&t));
    }
    session_free(s);
    return values;
}

/* The reference computes with exactly what blocks stand for, in matrices and in the embedding. */
TEST(a_quantised_model_is_the_model_of_the_numbers_its_blocks_stand_for) {
    static const char *const folders[] = {"llama", "qwen3", "qwen2", "bert"};
    for (int i = 0; i < 8; i++) {
        struct decoded d = {.dtype = i % 2 ? DTYPE_Q8_0 : DTYPE_Q4_0};
        const struct weights_options quantised = {.quant = d.dtype, .quant_embedding = d.dtype};
        const struct weights_options edited = {.edit = decode, .edit_arg = &d};
        struct model *a = NULL, *b = NULL;
        int64_t n = 0, other = 0;
        REQUIRE(open_model(&a, folders[i / 2], quantised, 2) == 0);
        REQUIRE(open_model(&b, folders[i / 2], edited, 2) == 0);
        float *got = logits(a, &n);
        float *want = logits(b, &other);
        if (test_check(got && want && n == other, __FILE__, __LINE__, "%s", err_text()))
            (void)test_check(memcmp(got, want, (size_t)n * sizeof(*got)) == 0, __FILE__, __LINE__,
                             "%s %s differs", folders[i / 2], dtype_name(d.dtype));
        free(got);
        free(want);
        model_close(a);
        model_close(b);
        while (d.len > 0)
            free(d.bytes[--d.len]);
    }
}
