/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_same.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/safetensors_writer.h"
#include "engine/run/model.h"
#include "tests/test.h"

static const char *fixture(void) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/models/qwen3", SOURCE_DIR);
    return path;
}

static bool open_model(struct model **out, const char *folder) {
    static struct device *device; /* for the whole executable */
    const struct device_options two = {.threads = 2};
    *out = NULL;
    bool ok = folder && (device || device_open(&device, "cpu", &two) == 0) &&
              model_open(out, folder, device, NULL) == 0;
    (void)test_check(ok, __FILE__, __LINE__, "%s", err_text());
    return *out != NULL;
}

/* A folder with the tensors of qwen3, whose head is tied, and a head of its own in the file: the
 * embedding, but for the last byte when it differs. */
static const char *write_twin(bool differs) {
    static char folder[3000];
    char path[4096], from[4096];
    struct model *m;
    struct file config = {0};
    (void)snprintf(folder, sizeof(folder), "%s", test_folder());
    if (!open_model(&m, fixture()))
        return NULL;
    const struct weights *w = &m->weights;
    struct safetensors_item *items = xcalloc(w->loaded_len + 1, sizeof(*items));
    struct tensor head = *w->globals.embed;
    size_t size = tensor_size(&head);
    head.data = memcpy(xcalloc(1, size), head.data, size);
    ((uint8_t *)head.data)[size - 1] ^= (uint8_t)differs;
    for (size_t i = 0; i < w->loaded_len; i++)
        items[i] = (struct safetensors_item){w->loaded[i].name, &w->loaded[i].tensor};
    items[w->loaded_len] = (struct safetensors_item){"lm_head.weight", &head};
    (void)snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    bool ok = safetensors_write(path, items, w->loaded_len + 1, NULL, 0) == 0;
    (void)snprintf(from, sizeof(from), "%s/tests/models/qwen3/config.json", SOURCE_DIR);
    (void)snprintf(path, sizeof(path), "%s/config.json", folder);
    ok = ok && file_map(&config, from) == 0 && file_replace(path, config.data, config.size) == 0;
    file_done(&config);
    free(head.data);
    free(items);
    model_close(m);
    return ok ? folder : NULL;
}

TEST(a_head_that_the_file_repeats_is_the_embedding) {
    struct model *m, *once;
    if (!open_model(&m, write_twin(false)) || !open_model(&once, fixture()))
        return;
    const struct tensor *head = weights_find(&m->weights, "lm_head.weight");
    EXPECT(m->weights.tied && m->weights.globals.head == m->weights.globals.embed);
    EXPECT(head && head->data == m->weights.globals.embed->data);
    EXPECT_INT(m->weights.parameters, once->weights.parameters);
    EXPECT_INT(m->weights.bytes, once->weights.bytes);
    model_close(m);
    model_close(once);
}

TEST(a_head_that_differs_in_one_byte_is_kept) {
    struct model *m;
    if (!open_model(&m, write_twin(true)))
        return;
    EXPECT(!m->weights.tied && m->weights.globals.head != m->weights.globals.embed);
    EXPECT(m->weights.globals.head->data != m->weights.globals.embed->data);
    model_close(m);
}

TEST(tensors_of_other_shapes_or_dtypes_are_not_the_same) {
    float bytes[6] = {1, 2, 3, 4, 5, 6}, more[6] = {1, 2, 3, 4, 5, 6};
    struct tensor a, b, c;
    REQUIRE(tensor_init(&a, DTYPE_F32, SHAPE(2, 3)) == 0);
    REQUIRE(tensor_init(&b, DTYPE_F32, SHAPE(3, 2)) == 0);
    REQUIRE(tensor_init(&c, DTYPE_I32, SHAPE(2, 3)) == 0);
    a.data = b.data = c.data = bytes;
    EXPECT(!weight_same(&a, &b, NULL) && !weight_same(&a, &c, NULL));
    b = a;
    EXPECT(weight_same(&a, &b, NULL));
    b.data = more;
    EXPECT(weight_same(&a, &b, NULL));
    more[5] = 7;
    EXPECT(!weight_same(&a, &b, NULL));
}
