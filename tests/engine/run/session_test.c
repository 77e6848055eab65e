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

/* All logits of one step behind a reset; the caller frees. */
static float *fresh(struct session *s, const struct step *step) {
    int64_t n = 0;
    session_reset(s);
    return run_step(s, step, &n);
}

/* Whether a session gives for a step what one gives that has done nothing before. */
static bool is_as_new(struct fixture *f, const struct step *step, const float *got, int64_t n) {
    struct session *s = NULL;
    const struct session_options o = {.rows = 2, .capacity = 24};
    CHECK(session_new(&s, f->model, &o) == 0);
    float *want = fresh(s, step);
    bool ok = want && got && same(got, want, n);
    free(want);
    session_free(s);
    return ok;
}

/* Padding, types and batches of a step must leave no trace in the plans and inputs of the next. */
TEST(a_step_is_not_changed_by_the_steps_before_it) {
    static const char *const families[] = {"bert", "gpt2"};
    static const uint8_t holes[2 * TOKENS] = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    static const int32_t types[2 * TOKENS] = {0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1};
    const struct session_options o = {.rows = 2, .capacity = 24};
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        if (!open_fixture(&f, families[i], &o))
            return;
        const struct step first = {.rows = 1, .tokens = 3, .ids = ids + 4, .keep = KEEP_ALL};
        const struct step plain = {.rows = 2, .tokens = TOKENS, .ids = ids, .keep = KEEP_ALL};
        struct step padded = plain, typed = plain;
        padded.mask = holes;
        typed.types = types;
        const struct step *const order[] = {&first, &padded, &plain, &typed,
                                            &plain, &first,  &plain};
        for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++) {
            float *got = fresh(f.session, order[k]);
            int64_t n = order[k]->rows * order[k]->tokens * f.model->config.vocab_size;
            test_check(is_as_new(&f, order[k], got, n), __FILE__, __LINE__, "%s, step %zu",
                       families[i], k);
            free(got);
        }
        close_fixture(&f);
    }
}

/* Rows of [2,len,begin+len] out of a square over all tokens: causal, one key of each row hidden. */
static void fill_visible(uint8_t *out, int64_t begin, int64_t len) {
    for (int64_t b = 0; b < 2; b++)
        for (int64_t t = begin; t < begin + len; t++)
            for (int64_t s = 0; s < begin + len; s++)
                *out++ = s <= t && s != 2 + b;
}

TEST(a_mask_over_past_and_chunks_is_the_same_mask) {
    struct fixture f;
    const struct session_options o = {.rows = 2, .capacity = 24, .chunk = 4};
    uint8_t all[2 * TOKENS * TOKENS], head[2 * 4 * 4], tail[2 * 5 * TOKENS];
    int32_t begin[2 * 4], end[2 * 5];
    if (!open_fixture(&f, "qwen2", &o))
        return;
    int64_t vocab = f.model->config.vocab_size, n = 0;
    for (int b = 0; b < 2; b++) {
        memcpy(begin + b * 4, ids + b * TOKENS, 4 * sizeof(*ids));
        memcpy(end + b * 5, ids + b * TOKENS + 4, 5 * sizeof(*ids));
    }
    fill_visible(all, 0, TOKENS);
    fill_visible(head, 0, 4);
    fill_visible(tail, 4, 5);
    const struct step whole = {
        .rows = 2, .tokens = TOKENS, .ids = ids, .visible = all, .keep = KEEP_ALL};
    const struct step one = {.rows = 2, .tokens = 4, .ids = begin, .visible = head};
    const struct step two = {.rows = 2, .tokens = 5, .ids = end, .visible = tail, .keep = KEEP_ALL};
    float *chunked = fresh(f.session, &whole);
    EXPECT(is_as_new(&f, &whole, chunked, 2 * TOKENS * vocab));
    session_reset(f.session);
    EXPECT_INT(session_step(f.session, &one), 0);
    float *rest = run_step(f.session, &two, &n);
    REQUIRE(chunked && rest);
    for (int64_t b = 0; b < 2; b++)
        EXPECT(same(rest + b * 5 * vocab, chunked + (b * TOKENS + 4) * vocab, 5 * vocab));
    free(chunked);
    free(rest);
    close_fixture(&f);
}

static int fail_at_the_end(void *arg, enum stage stage, int layer, const struct tensor *t) {
    (void)arg, (void)layer, (void)t;
    return stage == STAGE_LM_HEAD ? err_set(ERR_STOPPED, "stopped") : 0;
}

TEST(a_step_that_fails_half_way_leaves_the_cache_as_it_was) {
    struct fixture f;
    const struct session_options o = {.capacity = 24};
    if (!open_fixture(&f, "llama", &o))
        return;
    const struct step step = {.rows = 1, .tokens = 4, .ids = ids};
    EXPECT_INT(session_step(f.session, &step), 0);
    session_set_hook(f.session, fail_at_the_end, NULL);
    EXPECT_INT(session_step(f.session, &step), ERR_STOPPED);
    EXPECT_INT(session_length(f.session), 4);
    close_fixture(&f);
}

/* The last position that a step may have is the model's last, whatever row or token has it. */
TEST(positions_end_where_the_models_do) {
    struct fixture f;
    if (!open_fixture(&f, "bert", NULL))
        return;
    int32_t last = (int32_t)f.model->config.max_positions - 1, at[3] = {last, 1, 2};
    struct step step = {.rows = 1, .tokens = 3, .ids = ids, .positions = at};
    EXPECT_INT(session_step(f.session, &step), 0);
    at[0]++;
    EXPECT_INT(session_step(f.session, &step), ERR_ARG);
    int32_t *many = calloc((size_t)last + 2, sizeof(*many));
    step = (struct step){.rows = 1, .tokens = last + 1, .ids = many};
    EXPECT_INT(session_step(f.session, &step), 0);
    step.tokens++;
    EXPECT_INT(session_step(f.session, &step), ERR_LIMIT);
    EXPECT_HAS(err_text(), "positions");
    free(many);
    close_fixture(&f);
}
