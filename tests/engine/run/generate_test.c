/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/generate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

enum { TOKENS = 4 };

static const int32_t ids[TOKENS] = {5, 17, 200, 31};
static struct device *device;
static struct model *model;
static struct session *session;

static bool open_model(const char *family, int threads, int64_t capacity) {
    char path[512];
    const struct device_options d = {.threads = threads};
    const struct session_options o = {.rows = 2, .capacity = capacity};
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, family);
    return test_check(device_open(&device, "cpu", &d) == 0 &&
                          model_open(&model, path, device, NULL) == 0 &&
                          session_new(&session, model, &o) == 0,
                      __FILE__, __LINE__, "%s: %s", path, err_text());
}

static void close_model(void) {
    session_free(session);
    model_close(model);
    device_close(device);
    session = NULL;
    model = NULL;
    device = NULL;
}

static struct generation settings_of(int64_t new_tokens) {
    struct generation g;
    generation_init(&g);
    g.max_new_tokens = new_tokens;
    return g;
}

static struct generate_request request_of(const struct generation *g) {
    return (struct generate_request){.rows = 1, .tokens = TOKENS, .ids = ids, .settings = g};
}

TEST(a_seed_draws_the_same_on_any_number_of_threads) {
    struct generate_result first = {0}, second = {0};
    struct generation g = settings_of(16);
    g.do_sample = true;
    g.seed = 99;
    const struct generate_request r = request_of(&g);
    if (!open_model("llama", 1, 64))
        return;
    EXPECT_INT(generate(&first, session, &r), 0);
    close_model();
    if (!open_model("llama", 3, 64))
        return;
    EXPECT_INT(generate(&second, session, &r), 0);
    REQUIRE(first.ids && second.ids && first.len == second.len);
    EXPECT(memcmp(first.ids, second.ids, (size_t)first.len * sizeof(*first.ids)) == 0);
    generate_done(&first);
    generate_done(&second);
    close_model();
}

TEST(twenty_new_tokens_are_the_default) {
    struct generate_result out;
    struct generation g = settings_of(GENERATION_NONE);
    const struct generate_request r = request_of(&g);
    if (!open_model("qwen2", 1, 64))
        return;
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT_INT(out.steps, 20);
    EXPECT_INT(out.len, TOKENS + 20);
    EXPECT_INT(out.finish[0], FINISH_LENGTH);
    generate_done(&out);
    close_model();
}

static int cancel_at_three(void *arg, const struct generate_step *step) {
    int *calls = arg;
    EXPECT_INT(step->step, (*calls)++);
    return step->step == 2;
}

TEST(the_callback_sees_each_token_and_may_cancel) {
    struct generate_result out;
    struct generation g = settings_of(16);
    struct generate_request r = request_of(&g);
    int calls = 0;
    r.each = cancel_at_three;
    r.arg = &calls;
    if (!open_model("llama", 1, 64))
        return;
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT_INT(calls, 3);
    EXPECT_INT(out.steps, 3);
    EXPECT_INT(out.finish[0], FINISH_CANCELLED);
    generate_done(&out);
    close_model();
}

TEST(an_end_token_ends_its_row_and_pads_it) {
    struct generate_result plain, out;
    struct generation g = settings_of(8);
    const int32_t both[2 * TOKENS] = {5, 17, 200, 31, 60, 61, 62, 63};
    struct generate_request r = {.rows = 2, .tokens = TOKENS, .ids = both, .settings = &g};
    if (!open_model("llama", 1, 64))
        return;
    REQUIRE(generate(&plain, session, &r) == 0);
    session_reset(session);
    int32_t eos = plain.ids[TOKENS]; /* row 0's first new token */
    g.eos_token_id = (struct id_list){&eos, 1};
    g.pad_token_id = 2;
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT_INT(out.finish[0], FINISH_EOS);
    EXPECT_INT(out.ids[TOKENS], eos);
    if (out.steps > 1)
        EXPECT_INT(out.ids[TOKENS + 1], 2);
    EXPECT_INT(out.ids[out.len + TOKENS], plain.ids[plain.len + TOKENS]);
    generate_done(&plain);
    generate_done(&out);
    close_model();
}

TEST(a_session_goes_on_from_what_it_holds) {
    struct generate_result first, again;
    struct generation g = settings_of(6);
    struct generate_request r = request_of(&g);
    if (!open_model("qwen3", 1, 64))
        return;
    REQUIRE(generate(&first, session, &r) == 0);
    int64_t held = session_length(session);
    EXPECT_INT(held, TOKENS + 5);
    REQUIRE(session_crop(session, TOKENS + 2) == 0);
    g.max_new_tokens = 2;
    r.ids = first.ids;
    r.tokens = TOKENS + 4;
    REQUIRE(generate(&again, session, &r) == 0);
    EXPECT(memcmp(first.ids, again.ids, (size_t)first.len * sizeof(*first.ids)) == 0);
    generate_done(&first);
    generate_done(&again);
    close_model();
}

TEST(what_cannot_be_is_refused_before_the_first_token) {
    struct generate_result out;
    struct generation g = settings_of(100);
    struct generate_request r = request_of(&g);
    if (!open_model("llama", 1, 16))
        return;
    EXPECT_INT(generate(&out, session, &r), ERR_LIMIT);
    EXPECT_HAS(err_text(), "capacity of 16");
    g = settings_of(GENERATION_NONE);
    g.max_length = 3;
    EXPECT_INT(generate(&out, session, &r), ERR_ARG);
    close_model();
    if (!open_model("bert", 1, 0))
        return;
    g = settings_of(2);
    EXPECT_INT(generate(&out, session, &r), ERR_ARG);
    EXPECT_HAS(err_text(), "does not generate");
    close_model();
}

/* Puts the last norm's weights out of the numbers. */
static int spoil(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    float *values = arg;
    (void)cp;
    if (strcmp(name, "model.norm.weight") != 0)
        return 0;
    for (int64_t i = 0; i < tensor_count(t); i++)
        values[i] = NAN;
    t->data = values;
    return 1;
}

TEST(scores_that_are_no_numbers_end_it) {
    static float values[4096];
    struct generate_result out;
    struct generation g = settings_of(4);
    const struct generate_request r = request_of(&g);
    const struct device_options one = {.threads = 1};
    const struct model_options o = {
        .weights = {.edit = spoil, .edit_arg = values}
    };
    REQUIRE(device_open(&device, "cpu", &one) == 0);
    REQUIRE(model_open(&model, SOURCE_DIR "/tests/models/llama", device, &o) == 0);
    REQUIRE(session_new(&session, model, NULL) == 0);
    EXPECT_INT(generate(&out, session, &r), ERR_FORMAT);
    EXPECT_HAS(err_text(), "new token 0 are no numbers");
    g.remove_invalid_values = true;
    EXPECT_INT(generate(&out, session, &r), 0);
    EXPECT_INT(out.steps, 4);
    generate_done(&out);
    close_model();
}

TEST(a_draw_from_nothing_is_refused) {
    static int32_t all[4096];
    struct generate_result out;
    struct generation g = settings_of(4);
    const struct generate_request r = request_of(&g);
    if (!open_model("llama", 1, 64))
        return;
    for (int32_t i = 0; i < 4096; i++)
        all[i] = i;
    g.suppress_tokens = (struct id_list){all, model->config.vocab_size};
    g.do_sample = true;
    EXPECT_INT(generate(&out, session, &r), ERR_ARG);
    EXPECT_HAS(err_text(), "ban them all");
    close_model();
}

/* So hot that the noise alone decides. */
static struct generation hot_settings(uint64_t seed) {
    struct generation g = settings_of(6);
    g.do_sample = true;
    g.temperature = 1e6;
    g.top_k = 0;
    g.seed = seed;
    return g;
}

TEST(each_seed_row_and_step_has_noise_of_its_own) {
    struct generate_result a, b, alone;
    struct generation g = hot_settings(7), other = hot_settings(8);
    const int32_t twice[2 * TOKENS] = {5, 17, 200, 31, 5, 17, 200, 31};
    struct generate_request r = {.rows = 2, .tokens = TOKENS, .ids = twice, .settings = &g};
    const struct generate_request one = request_of(&g);
    if (!open_model("qwen3", 1, 64))
        return;
    REQUIRE(generate(&a, session, &r) == 0);
    session_reset(session);
    r.settings = &other;
    REQUIRE(generate(&b, session, &r) == 0);
    session_reset(session);
    REQUIRE(generate(&alone, session, &one) == 0);
    size_t drawn = 6 * sizeof(int32_t);
    const int32_t *row = a.ids + TOKENS;
    EXPECT(memcmp(row, a.ids + a.len + TOKENS, drawn) != 0);
    EXPECT(memcmp(row, b.ids + TOKENS, drawn) != 0);
    EXPECT(memcmp(row, alone.ids + TOKENS, drawn) == 0);
    EXPECT(row[0] != row[1] || row[1] != row[2] || row[2] != row[3]);
    generate_done(&a);
    generate_done(&b);
    generate_done(&alone);
    close_model();
}

/* HF pads behind an end only when there is an end token to stop at. */
TEST(a_stop_string_alone_pads_nothing_and_an_end_token_has_the_last_word) {
    struct generate_result plain, out;
    struct generation g = settings_of(6);
    const int32_t both[2 * TOKENS] = {5, 17, 200, 31, 60, 61, 62, 63};
    struct generate_request r = {.rows = 2, .tokens = TOKENS, .ids = both, .settings = &g};
    const struct tokenizer *t;
    struct buf text;
    if (!open_model("llama", 1, 64))
        return;
    REQUIRE(generate(&plain, session, &r) == 0 && model_tokenizer(model, &t) == 0);
    buf_init(&text, 1 << 16);
    int32_t stop = -1;
    for (int64_t i = TOKENS; i < plain.len && stop < 0; i++) {
        buf_reset(&text);
        REQUIRE(tokenizer_decode(t, &text, &plain.ids[i], 1, DECODE_NO_CLEANUP) == 0);
        stop = text.len && !strstr(text.data, "\xef\xbf\xbd") ? plain.ids[i] : -1;
    }
    REQUIRE(stop >= 0);
    const char *strings[] = {text.data};
    g.stop_strings = (struct string_list){strings, 1};
    session_reset(session);
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT_INT(out.finish[0], FINISH_STRING);
    EXPECT(memcmp(out.ids, plain.ids, (size_t)out.len * sizeof(*out.ids)) == 0);
    generate_done(&out);
    g.eos_token_id = (struct id_list){&stop, 1};
    g.pad_token_id = 2;
    session_reset(session);
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT_INT(out.finish[0], FINISH_EOS);
    generate_done(&out);
    generate_done(&plain);
    buf_done(&text);
    close_model();
}

/* Keeps the best logit of the first step. */
static int keep_top(void *arg, const struct generate_step *step) {
    for (int64_t i = 0; step->step == 0 && i < step->vocab; i++)
        *(float *)arg = fmaxf(*(float *)arg, step->logits[i]);
    return 0;
}

/* The best logit behind a prompt that holds the id of padding. */
static float top_behind(const struct generation *g, const uint8_t *mask, bool is_text) {
    struct generate_result out;
    struct generate_request r = request_of(g);
    float top = -INFINITY;
    r.mask = mask;
    r.is_text = is_text;
    r.each = keep_top;
    r.arg = &top;
    session_reset(session);
    EXPECT_INT(generate(&out, session, &r), 0);
    generate_done(&out);
    return top;
}

TEST(the_id_of_padding_is_padding_among_ids_and_counts_in_a_text) {
    static const uint8_t all[TOKENS] = {1, 1, 1, 1}, others[TOKENS] = {1, 1, 0, 1};
    struct generation g = settings_of(2);
    g.pad_token_id = ids[2];
    if (!open_model("qwen3", 1, 64))
        return;
    EXPECT(top_behind(&g, NULL, false) == top_behind(&g, others, false));
    EXPECT(top_behind(&g, NULL, true) == top_behind(&g, all, false));
    EXPECT(top_behind(&g, NULL, true) != top_behind(&g, NULL, false));
    close_model();
}

TEST(the_rest_of_a_prompt_keeps_its_padding) {
    struct generate_result out;
    struct generation g = settings_of(2);
    struct generate_request r = request_of(&g);
    static const uint8_t mask[TOKENS] = {1, 1, 0, 1};
    float whole = -INFINITY, rest = -INFINITY;
    r.mask = mask;
    r.each = keep_top;
    r.arg = &whole;
    if (!open_model("qwen3", 1, 64))
        return;
    REQUIRE(generate(&out, session, &r) == 0);
    generate_done(&out);
    session_reset(session);
    const struct step head = {.rows = 1, .tokens = 2, .ids = ids, .flags = STEP_MASK_POSITIONS};
    REQUIRE(session_step(session, &head) == 0);
    r.arg = &rest;
    REQUIRE(generate(&out, session, &r) == 0);
    EXPECT(whole == rest);
    generate_done(&out);
    close_model();
}

TEST(embeddings_begin_anew_whatever_the_session_holds) {
    struct generate_result first, again;
    struct generation g = settings_of(4);
    if (!open_model("llama", 1, 64))
        return;
    int64_t width = model->config.hidden_size;
    float *embeds = calloc((size_t)(TOKENS * width), sizeof(*embeds));
    for (int64_t i = 0; i < TOKENS * width; i++)
        embeds[i] = (float)(i % 7) - 3;
    const struct generate_request r = {
        .rows = 1, .tokens = TOKENS, .embeds = embeds, .settings = &g};
    REQUIRE(generate(&first, session, &r) == 0);
    REQUIRE(generate(&again, session, &r) == 0);
    EXPECT_INT(first.len, again.len);
    EXPECT(memcmp(first.ids, again.ids, (size_t)first.len * sizeof(*first.ids)) == 0);
    generate_done(&first);
    generate_done(&again);
    free(embeds);
    close_model();
}
