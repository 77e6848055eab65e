/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/speed.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/nn/kv.h"
#include "tests/test.h"

#define MODELS SOURCE_DIR "/tests/models/"

static int rounds_shown;

static void count_rounds(void *arg, int done, int all) {
    (void)arg;
    test_check(done == rounds_shown && done < all, __FILE__, __LINE__, "round %d of %d", done, all);
    rounds_shown++;
}

static struct speed_options options(void) {
    return (struct speed_options){
        .backend = "cpu",
        .device = {.threads = 2},
        .prompts = {                      2,      {3, 5}},
        .tokens = {                      1,         {4}},
        .depths = {                      2,      {0, 7}},
        .repetitions = 3,
        .machine = {                      .cache_size = 1 << 20           },
        .gauge = { .memory_size = 1 << 22,            .milliseconds = 1},
        .progress = count_rounds,
    };
}

TEST(every_length_is_measured_at_every_depth) {
    static const struct speed_test expected[] = {
        {.kind = SPEED_PREFILL, .tokens = 3, .depth = 0},
        {.kind = SPEED_PREFILL, .tokens = 5, .depth = 0},
        {.kind = SPEED_DECODE,  .tokens = 4, .depth = 0},
        {.kind = SPEED_PREFILL, .tokens = 3, .depth = 7},
        {.kind = SPEED_PREFILL, .tokens = 5, .depth = 7},
        {.kind = SPEED_DECODE,  .tokens = 4, .depth = 7},
    };
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    rounds_shown = 0;
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    EXPECT_INT(s->test_count, 6);
    EXPECT_INT(s->threads, 2);
    for (int i = 0; i < s->test_count; i++) {
        const struct speed_test *t = &s->tests[i];
        EXPECT(t->kind == expected[i].kind);
        EXPECT_INT(t->tokens, expected[i].tokens);
        EXPECT_INT(t->depth, expected[i].depth);
        EXPECT_INT(t->rate.len, 3);
        EXPECT(sample_low(&t->rate) > 0 && t->first_seconds > 0);
        EXPECT_INT(t->fraction.len, 3);
        EXPECT(sample_low(&t->fraction) > 0 && sample_high(&t->fraction) <= 1.2);
        EXPECT_STR(t->limit, t->kind == SPEED_PREFILL ? "f32_fma" : "cache");
    }
    EXPECT_INT(rounds_shown, 6 * 4);
    EXPECT_INT(s->limits.memory.len, 3);
    EXPECT(s->load_seconds > 0 && s->peak_rss > s->weight_bytes && s->cache_bytes > 0);
    free(s);
}

/* hidden 32, intermediate 48, 2 layers, 4 heads and 2 key heads of 16, 384 ids, tied. */
TEST(what_a_token_costs_is_counted_from_the_geometry) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    o.progress = NULL;
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    double matrices = 2 * (64 * 32 + 2 * 32 * 32 + 32 * 64 + 3 * 32 * 48), head = 384 * 32;
    EXPECT(s->traffic.operations == 2 * matrices);
    EXPECT(s->traffic.head_operations == 2 * head);
    EXPECT(speed_operations(s, &s->tests[1]) == 2 * matrices + 2 * head / 5);
    EXPECT(speed_operations(s, &s->tests[2]) == 2 * matrices + 2 * head);
    EXPECT(s->traffic.dtype == DTYPE_F32 && s->traffic.peak == PEAK_F32);
    /* All weights, the tied table once; then the keys and values of the tokens seen. */
    EXPECT(s->traffic.weight_bytes == (double)s->weight_bytes);
    double slot = traffic_step_bytes(&s->traffic, 8) - traffic_step_bytes(&s->traffic, 7);
    EXPECT(slot > 0 && (double)s->cache_bytes >= slot * 12);
    EXPECT(speed_bytes(s, &s->tests[5]) == s->traffic.weight_bytes + slot * (8 + 9 + 10 + 11) / 4);
    EXPECT(speed_bytes(s, &s->tests[4]) == (s->traffic.weight_bytes + slot * 12) / 5);
    free(s);
}

/* Prompts of 16 bits are measured against what multiplies them. */
TEST(what_rounds_prompts_is_held_to_the_arithmetic_it_uses) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    enum peak_kind fast = peak_find(PEAK_F16)    ? PEAK_F16
                          : peak_find(PEAK_BF16) ? PEAK_BF16
                                                 : PEAK_F32;
    o.progress = NULL;
    o.model.weights.cast = true;
    o.model.weights.dtype = DTYPE_BF16;
    o.backend = "cpu-native";
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    EXPECT(s->traffic.dtype == DTYPE_BF16);
    EXPECT_INT((int)s->traffic.peak, PEAK_F32);
    o.device.fast = true;
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    EXPECT_INT((int)s->traffic.peak, (int)fast);
    free(s);
}

TEST(tables_of_which_one_row_is_read_do_not_count) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    o.progress = NULL;
    EXPECT_INT(speed_measure(s, MODELS "gpt2", &o), 0); /* 256 learned positions of 32 */
    EXPECT(s->traffic.weight_bytes == (double)s->weight_bytes - 255 * 32 * sizeof(float));
    EXPECT_INT(speed_measure(s, MODELS "llama", &o), 0); /* head and embedding apart */
    EXPECT(s->traffic.weight_bytes < (double)s->weight_bytes);
    free(s);
}

TEST(layers_that_slide_read_no_more_than_their_window) {
    const struct traffic t = {
        .weight_bytes = 1, .slot_bytes = 10, .window_bytes = 100, .window = 4};
    EXPECT(traffic_step_bytes(&t, 0) == 1 + 10 + 100);
    EXPECT(traffic_step_bytes(&t, 3) == 1 + 40 + 400);
    EXPECT(traffic_step_bytes(&t, 9) == 1 + 100 + 400);
}

TEST(the_dtype_asked_for_is_the_one_measured) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    o.progress = NULL;
    o.model.weights.cast = true;
    o.model.weights.dtype = DTYPE_BF16;
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    EXPECT(s->traffic.dtype == DTYPE_BF16);
    EXPECT(s->traffic.weight_bytes == 2.0 * (double)s->parameters);
    free(s);
}

TEST(without_limits_there_are_no_fractions) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    o.progress = NULL;
    o.no_limits = true;
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), 0);
    EXPECT(s->tests[0].fraction.len == 0 && s->tests[0].limit == NULL && s->limits.threads == 0);
    free(s);
}

TEST(what_cannot_be_measured_is_said) {
    struct speed *s = xcalloc(1, sizeof(*s));
    struct speed_options o = options();
    o.progress = NULL;
    EXPECT_INT(speed_measure(s, MODELS "bert", &o), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "does not generate");
    EXPECT_INT(speed_measure(s, MODELS "qwen3/seqcls", &o), ERR_UNSUPPORTED);
    EXPECT_INT(speed_measure(s, MODELS "none", &o), ERR_NOTFOUND);
    o.depths = (struct numbers){1, {300}};
    EXPECT_INT(speed_measure(s, MODELS "gpt2", &o), ERR_LIMIT); /* 256 positions */
    o.prompts = o.tokens = (struct numbers){1, {0}};
    EXPECT_INT(speed_measure(s, MODELS "qwen3", &o), ERR_ARG);
    free(s);
}
