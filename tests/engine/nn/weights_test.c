/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weights.h"

#include <stdio.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/format/checkpoint.h"
#include "engine/run/model.h"
#include "tests/test.h"

static int open_model(struct model **out, const char *folder, const struct model_options *o) {
    static struct device *device; /* for the whole executable */
    const struct device_options one = {.threads = 1};
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, folder);
    *out = NULL;
    if (!device && device_open(&device, "cpu", &one) < 0)
        return ERR_IO;
    return model_open(out, path, device, o);
}

TEST(a_tied_head_is_the_embedding) {
    struct model *m;
    REQUIRE(open_model(&m, "qwen3", NULL) == 0);
    EXPECT(m->weights.tied);
    EXPECT(m->weights.globals.head == m->weights.globals.embed);
    EXPECT_INT(m->weights.unexpected_len, 0);
    model_close(m);
}

TEST(an_uncast_weight_is_a_view_of_the_file) {
    struct model *m;
    REQUIRE(open_model(&m, "llama", NULL) == 0);
    EXPECT(m->weights.memory.slabs == NULL);
    EXPECT(m->weights.layers[0].q && !m->weights.layers[0].q_b);
    model_close(m);
}

TEST(casting_rounds_every_weight_once) {
    struct model *plain, *cast;
    const struct model_options o = {
        .weights = {.cast = true, .dtype = DTYPE_BF16}
    };
    REQUIRE(open_model(&plain, "llama", NULL) == 0);
    REQUIRE(open_model(&cast, "llama", &o) == 0);
    const struct tensor *from = plain->weights.layers[1].down, *to = cast->weights.layers[1].down;
    EXPECT_INT(to->dtype, DTYPE_BF16);
    for (int64_t i = 0; i < tensor_count(from); i++)
        EXPECT_INT(((const uint16_t *)to->data)[i], dtype_to_bf16(((const float *)from->data)[i]));
    model_close(plain);
    model_close(cast);
}

TEST(conv1d_weights_are_turned_around) {
    struct model *m;
    struct tensor raw;
    REQUIRE(open_model(&m, "gpt2", NULL) == 0);
    const struct tensor *up = m->weights.layers[0].up;
    REQUIRE(checkpoint_get(m->checkpoint, "transformer.h.0.mlp.c_fc.weight", &raw) == 0);
    EXPECT(up->shape[0] == raw.shape[1] && up->shape[1] == raw.shape[0]);
    EXPECT(((const float *)up->data)[1] == ((const float *)raw.data)[raw.shape[1]]);
    model_close(m);
}

TEST(all_that_is_missing_or_misshapen_is_told_and_nothing_stays) {
    struct model *m;
    EXPECT_INT(open_model(&m, "llama/missing", NULL), ERR_FORMAT);
    EXPECT_HAS(err_text(), "lacks: ");
    EXPECT(m == NULL);
    EXPECT_INT(open_model(&m, "llama/mismatched", NULL), ERR_FORMAT);
    EXPECT_HAS(err_text(), "in the file, ");
    EXPECT_HAS(err_text(), "by the config");
}

TEST(what_no_row_wants_is_listed) {
    struct model *m;
    REQUIRE(open_model(&m, "llama/unexpected", NULL) == 0);
    EXPECT(m->weights.unexpected_len > 0);
    model_close(m);
}

TEST(more_layers_than_tensors_are_refused_before_any_allocation) {
    struct model *m;
    const struct model_options o = {.config = "{\"num_hidden_layers\": 4096}"};
    EXPECT_INT(open_model(&m, "llama", &o), ERR_FORMAT);
    EXPECT_HAS(err_text(), "num_hidden_layers is 4096");
}

static float zeros[384 * 64];

static int zero_norm(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    (void)cp;
    if (strcmp(name, "model.norm.weight") != 0)
        return 0;
    ++*(int *)arg;
    t->dtype = DTYPE_F32;
    t->data = zeros;
    return 1;
}

TEST(an_edit_replaces_one_weight) {
    struct model *m;
    int calls = 0;
    const struct model_options o = {
        .weights = {.edit = zero_norm, .edit_arg = &calls}
    };
    REQUIRE(open_model(&m, "llama", &o) == 0);
    EXPECT_INT(calls, 1);
    EXPECT(m->weights.globals.final_norm->data == zeros);
    model_close(m);
}
