/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/kv.h"

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/nn/config.h"
#include "engine/tensor/quant.h"
#include "tests/test.h"

enum { LAYERS = 2, ROWS = 3, CAPACITY = 5, HEADS = 2, DIM = 64 };

static const enum dtype dtypes[] = {DTYPE_F32, DTYPE_F16, DTYPE_Q8_0};
static const struct config config = {
    .num_hidden_layers = LAYERS, .num_key_value_heads = HEADS, .head_dim = DIM};

static struct device *device(void) {
    static struct device *dev;
    const struct device_options options = {.threads = 1};
    if (!dev)
        CHECK(device_open(&dev, "cpu", &options) == 0);
    return dev;
}

TEST(a_dtype_of_caches_has_a_name) {
    enum dtype dtype = DTYPE_BOOL;
    EXPECT_INT(kv_parse(&dtype, NULL), 0);
    EXPECT_INT(dtype, DTYPE_F32);
    EXPECT_INT(kv_parse(&dtype, "f16"), 0);
    EXPECT_INT(dtype, DTYPE_F16);
    EXPECT_INT(kv_parse(&dtype, "q8_0"), 0);
    EXPECT_INT(dtype, DTYPE_Q8_0);
    EXPECT_INT(kv_parse(&dtype, "q4_0"), ERR_ARG);
    EXPECT_INT(kv_parse(&dtype, ""), ERR_ARG);
    EXPECT_INT(dtype, DTYPE_Q8_0);
}

TEST(its_bytes_are_what_was_announced) {
    static const int64_t sizes[] = {4 * 32, 2 * 32, 34};
    for (int i = 0; i < 3; i++) {
        struct kv kv;
        REQUIRE(kv_init(&kv, device(), &config, dtypes[i], ROWS, CAPACITY) == 0);
        int64_t bytes = 2LL * LAYERS * ROWS * CAPACITY * HEADS * DIM / 32 * sizes[i];
        EXPECT_INT(kv_bytes(&config, dtypes[i], ROWS, CAPACITY), bytes);
        EXPECT_INT(kv.bytes.size, bytes);
        for (int l = 0; l < LAYERS; l++) {
            EXPECT_INT(kv.k[l].dtype, dtypes[i]);
            EXPECT_INT(tensor_span(&kv.v[l]), bytes / 2 / LAYERS);
        }
        char *end = (char *)kv.v[LAYERS - 1].data + tensor_span(&kv.v[LAYERS - 1]);
        EXPECT(end == (char *)kv.bytes.data + kv.bytes.size);
        kv_done(&kv);
    }
    EXPECT_INT(kv_bytes(&config, DTYPE_Q8_0, INT64_MAX / 8, 2), INT64_MAX);
}

TEST(a_head_that_is_no_whole_blocks_is_refused) {
    struct config odd = config;
    struct kv kv;
    odd.head_dim = 80;
    EXPECT_INT(kv_init(&kv, NULL, &odd, DTYPE_F16, 1, 1), 0);
    kv_done(&kv);
    EXPECT_INT(kv_init(&kv, NULL, &odd, DTYPE_Q8_0, 1, 1), ERR_UNSUPPORTED);
    EXPECT(strstr(err_text(), "q8_0") && strstr(err_text(), "80"));
    kv_done(&kv);
}

/* A number that tells its place, exact in every dtype where a block holds nothing else. */
static float told(int layer, bool value, int64_t row, int64_t slot, int64_t head) {
    return (float)(1 + layer + 2 * value + 4 * head + 8 * row + 32 * slot) * 127;
}

static char *place(const struct tensor *t, int64_t row, int64_t slot, int64_t head) {
    return (char *)t->data +
           tensor_offset(t, row * t->stride[0] + slot * t->stride[1] + head * t->stride[2]);
}

static void put(const struct tensor *t, int layer, bool value) {
    float x[DIM];
    for (int64_t row = 0; row < ROWS; row++)
        for (int64_t slot = 0; slot < CAPACITY; slot++)
            for (int64_t head = 0; head < HEADS; head++) {
                for (int i = 0; i < DIM; i++)
                    x[i] = told(layer, value, row, slot, head);
                dtype_convert(place(t, row, slot, head), t->dtype, x, DTYPE_F32, DIM);
            }
}

static void expect_row(const struct tensor *t, int layer, bool value, int64_t row, int64_t was) {
    float x[DIM];
    for (int64_t slot = 0; slot < CAPACITY; slot++)
        for (int64_t head = 0; head < HEADS; head++) {
            float want[DIM], rounded[DIM];
            char stored[DIM * 4] __attribute__((aligned(8)));
            for (int i = 0; i < DIM; i++)
                want[i] = told(layer, value, was, slot, head);
            dtype_convert(stored, t->dtype, want, DTYPE_F32, DIM);
            dtype_convert(rounded, DTYPE_F32, stored, t->dtype, DIM);
            dtype_convert(x, DTYPE_F32, place(t, row, slot, head), t->dtype, DIM);
            EXPECT(memcmp(x, rounded, sizeof(x)) == 0);
        }
}

TEST(rows_are_selected_whole_in_every_dtype) {
    static const int64_t from[] = {2, 0};
    for (int i = 0; i < 3; i++) {
        struct kv kv;
        REQUIRE(kv_init(&kv, device(), &config, dtypes[i], ROWS, CAPACITY) == 0);
        for (int l = 0; l < LAYERS; l++) {
            put(&kv.k[l], l, false);
            put(&kv.v[l], l, true);
        }
        REQUIRE(kv_reserve(&kv, CAPACITY) == 0);
        kv_append(&kv, NULL, 0, CAPACITY);
        REQUIRE(kv_select(&kv, from, 2) == 0);
        EXPECT_INT(kv.k[0].shape[0], 2);
        for (int l = 0; l < LAYERS; l++)
            for (int64_t row = 0; row < 2; row++) {
                expect_row(&kv.k[l], l, false, row, from[row]);
                expect_row(&kv.v[l], l, true, row, from[row]);
            }
        REQUIRE(kv_crop(&kv, 2) == 0);
        EXPECT_INT(kv.length, 2);
        expect_row(&kv.k[1], 1, false, 0, 2);
        kv_done(&kv);
    }
}
