/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

enum { TOKENS = 9, VOCAB_TESTED = 384 };

static const int32_t ids[2 * TOKENS] = {5,  17, 200, 31, 8,  99, 300, 45, 7,
                                        60, 61, 62,  63, 64, 65, 66,  67, 68};

struct fixture {
    struct device *device;
    struct model *model;
    struct session *session;
};

static bool open_fixture(struct fixture *f, const char *family, const struct session_options *o) {
    char path[512];
    const struct device_options one = {.threads = 1};
    *f = (struct fixture){0};
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, family);
    return test_check(device_open(&f->device, "cpu", &one) == 0 &&
                          model_open(&f->model, path, f->device, NULL) == 0 &&
                          session_new(&f->session, f->model, o) == 0,
                      __FILE__, __LINE__, "%s: %s", path, err_text());
}

static void close_fixture(struct fixture *f) {
    session_free(f->session);
    model_close(f->model);
    device_close(f->device);
}

/* Copies the logits of a step, or NULL. */
static float *run_step(struct session *s, const struct step *step, int64_t *count) {
    struct tensor t;
    if (session_step(s, step) < 0 || !session_output(s, "logits", &t))
        return NULL;
    *count = tensor_count(&t);
    float *copy = malloc(tensor_size(&t));
    memcpy(copy, t.data, tensor_size(&t));
    return copy;
}

static bool same(const float *a, const float *b, int64_t n) {
    return memcmp(a, b, (size_t)n * sizeof(*a)) == 0;
}

TEST(chunks_and_single_steps_equal_the_whole) {
    struct fixture f;
    const struct session_options o = {.capacity = 16, .chunk = 4};
    if (!open_fixture(&f, "qwen3", &o))
        return;
    const struct step all = {.rows = 1, .tokens = TOKENS, .ids = ids, .keep = KEEP_ALL};
    int64_t n = 0;
    float *whole = run_step(f.session, &all, &n);
    REQUIRE(whole);
    int64_t vocab = n / TOKENS;
    session_reset(f.session);
    for (int64_t t = 0; t < TOKENS; t++) {
        const struct step one = {.rows = 1, .tokens = 1, .ids = ids + t};
        int64_t m = 0;
        float *logits = run_step(f.session, &one, &m);
        REQUIRE(logits);
        EXPECT_INT(m, vocab);
        EXPECT(same(logits, whole + t * vocab, vocab));
        free(logits);
    }
    free(whole);
    close_fixture(&f);
}

TEST(kept_rows_are_the_rows_of_all) {
    struct fixture f;
    const struct session_options o = {.capacity = 16, .chunk = 4};
    const int32_t keep[] = {0, 3, 4, 8};
    if (!open_fixture(&f, "llama", &o))
        return;
    struct step step = {.rows = 1, .tokens = TOKENS, .ids = ids, .keep = KEEP_ALL};
    int64_t n = 0, m = 0;
    float *whole = run_step(f.session, &step, &n);
    session_reset(f.session);
    step.keep = KEEP_LIST;
    step.keep_list = keep;
    step.keep_len = 4;
    float *some = run_step(f.session, &step, &m);
    REQUIRE(whole && some);
    int64_t vocab = n / TOKENS;
    EXPECT_INT(m, 4 * vocab);
    for (int i = 0; i < 4; i++)
        EXPECT(same(some + i * vocab, whole + keep[i] * vocab, vocab));
    free(whole);
    free(some);
    close_fixture(&f);
}

TEST(a_step_beyond_the_capacity_changes_nothing) {
    struct fixture f;
    const struct session_options o = {.capacity = 10};
    if (!open_fixture(&f, "gpt2", &o))
        return;
    const struct step step = {.rows = 1, .tokens = TOKENS, .ids = ids};
    EXPECT_INT(session_step(f.session, &step), 0);
    EXPECT_INT(session_step(f.session, &step), ERR_LIMIT);
    EXPECT_HAS(err_text(), "capacity of 10");
    EXPECT_INT(session_length(f.session), TOKENS);
    close_fixture(&f);
}

TEST(wrong_ids_and_contradictions_are_refused) {
    struct fixture f;
    const int32_t wrong[] = {1, VOCAB_TESTED};
    if (!open_fixture(&f, "llama", NULL))
        return;
    struct step step = {.rows = 1, .tokens = 2, .ids = wrong};
    EXPECT_INT(session_step(f.session, &step), ERR_ARG);
    EXPECT_HAS(err_text(), "token id 384 at 1");
    step.ids = NULL;
    EXPECT_INT(session_step(f.session, &step), ERR_ARG);
    step.ids = ids;
    step.rows = 2;
    EXPECT_INT(session_step(f.session, &step), ERR_LIMIT);
    step.rows = 1;
    step.types = ids;
    EXPECT_INT(session_step(f.session, &step), ERR_ARG);
    EXPECT_INT(session_length(f.session), 0);
    close_fixture(&f);
}

TEST(rows_can_be_swapped_and_cropped) {
    struct fixture f;
    const struct session_options o = {.rows = 2, .capacity = 16};
    const int64_t swapped[] = {1, 0};
    const int32_t next[] = {3, 4}, crossed[] = {4, 3};
    if (!open_fixture(&f, "qwen2", &o))
        return;
    const struct step prompt = {.rows = 2, .tokens = TOKENS, .ids = ids};
    int64_t n = 0;
    REQUIRE(session_step(f.session, &prompt) == 0);
    struct step step = {.rows = 2, .tokens = 1, .ids = next};
    float *straight = run_step(f.session, &step, &n);
    EXPECT_INT(session_crop(f.session, TOKENS), 0);
    EXPECT_INT(session_select(f.session, swapped, 2), 0);
    step.ids = crossed;
    float *cross = run_step(f.session, &step, &n);
    REQUIRE(straight && cross);
    EXPECT(same(straight, cross + n / 2, n / 2) && same(straight + n / 2, cross, n / 2));
    EXPECT_INT(session_crop(f.session, TOKENS + 2), ERR_ARG);
    free(straight);
    free(cross);
    close_fixture(&f);
}

static int count_stages(void *arg, enum stage stage, int layer, const struct tensor *t) {
    (void)layer;
    (void)t;
    ((int *)arg)[stage]++;
    return 0;
}

TEST(every_layer_shows_its_stages) {
    struct fixture f;
    int seen[STAGE_COUNT] = {0};
    if (!open_fixture(&f, "qwen3", NULL))
        return;
    const struct step step = {.rows = 1, .tokens = TOKENS, .ids = ids};
    session_set_hook(f.session, count_stages, seen);
    REQUIRE(session_step(f.session, &step) == 0);
    int layers = (int)f.model->config.num_hidden_layers;
    EXPECT_INT(seen[STAGE_EMBEDDING], 1);
    EXPECT_INT(seen[STAGE_Q_NORM], layers);
    EXPECT_INT(seen[STAGE_K_ROPE], layers);
    EXPECT_INT(seen[STAGE_FFN_GATED], layers);
    EXPECT_INT(seen[STAGE_POST_FFN_RESIDUAL], layers);
    EXPECT_INT(seen[STAGE_LM_HEAD], 1);
    close_fixture(&f);
}
