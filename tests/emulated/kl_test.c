/* SPDX-License-Identifier: Apache-2.0 */
/* What --fast on avx512fp16 and amx does to the distributions of the next token. */
#include <stdio.h>

#include "engine/backend/device.h"
#include "engine/run/divergence.h"
#include "tests/test.h"

extern const struct kernel EMULATED_KERNELS[];

enum { IDS = 128 };

struct side {
    struct device *dev;
    struct model *model;
    struct session *session;
};

/* kernels NULL: the machine's, exact. What an emulated device has no kernel for, the reference
 * computes. */
static void open_side(struct side *s, const char *folder, enum dtype dtype,
                      const struct kernel *kernels) {
    const struct device_options device = {
        .threads = 2, .exact = kernels == NULL, .fast = kernels != NULL};
    const struct model_options model = {
        .weights = {.cast = true, .dtype = dtype}
    };
    const struct session_options session = {.capacity = IDS};
    *s = (struct side){0};
    REQUIRE(device_open(&s->dev, BACKEND_DEFAULT, &device) == 0);
    if (kernels)
        s->dev->kernels = kernels;
    REQUIRE(model_open(&s->model, folder, s->dev, &model) == 0);
    REQUIRE(session_new(&s->session, s->model, &session) == 0);
}

static void close_side(struct side *s) {
    session_free(s->session);
    model_close(s->model);
    device_close(s->dev);
}

static double measure(const char *folder, enum dtype dtype) {
    struct side exact, fast;
    struct divergence d = {0};
    int32_t ids[IDS];
    for (int i = 0; i < IDS; i++)
        ids[i] = i * 37 % 300;
    open_side(&exact, folder, dtype, NULL);
    open_side(&fast, folder, dtype, EMULATED_KERNELS);
    EXPECT_INT(divergence_measure(&d, exact.session, fast.session, ids, IDS), 0);
    close_side(&exact);
    close_side(&fast);
    printf("%s as %s: KL mean %.2e, p99 %.2e, max %.2e, the same token %d of %d times\n",
           strrchr(folder, '/') + 1, dtype_name(dtype), d.mean, d.p99, d.max, (int)d.agree, IDS);
    return d.mean;
}

/* Weights of f16 go by FMA in f16, those of bf16 by tiles: f16 has three more bits. */
TEST(sums_in_f16_diverge_less_than_activations_in_bf16) {
    static const char *const folders[] = {SOURCE_DIR "/tests/models/qwen3",
                                          SOURCE_DIR "/tests/models/llama",
                                          SOURCE_DIR "/tests/models/gpt2"};
    for (int i = 0; i < 3; i++) {
        double f16 = measure(folders[i], DTYPE_F16), bf16 = measure(folders[i], DTYPE_BF16);
        EXPECT(f16 > 0 && f16 < bf16);
        EXPECT(bf16 < 1e-2);
    }
}
