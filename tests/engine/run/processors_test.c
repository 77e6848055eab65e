/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/processors.h"

#include "engine/base/err.h"
#include "tests/test.h"

enum { VOCAB = 6 };

static struct arena arena;
static struct generation g;
static float scores[VOCAB];

/* Applies the settings to scores 0, 1, … 5 behind ids. */
static int process(const char *settings, const int32_t *ids, int64_t len, int64_t prompt) {
    struct json_doc *doc = NULL;
    struct scores_scratch scratch;
    arena_done(&arena);
    arena_init(&arena, 0);
    generation_init(&g);
    int rc = json_parse(&doc, settings, strlen(settings), "settings", 0);
    if (rc == 0)
        rc = generation_apply(&g, json_root(doc), &arena);
    json_free(doc);
    if (rc == 0)
        rc = processors_check(&g, VOCAB);
    if (rc < 0 || (rc = scores_init(&scratch, VOCAB)) < 0)
        return rc;
    for (int i = 0; i < VOCAB; i++)
        scores[i] = (float)i;
    struct row row = {&g, &scratch, ids, len, prompt, scores};
    processors_run(&row);
    scores_done(&scratch);
    return 0;
}

static int alive(void) {
    int count = 0;
    for (int i = 0; i < VOCAB; i++)
        count += scores[i] > -INFINITY;
    return count;
}

static const int32_t ids[] = {5, 1, 5, 1};

TEST(greedy_leaves_scores_alone) {
    REQUIRE(process("{\"temperature\": 0.5, \"top_k\": 2}", ids, 4, 4) == 0);
    EXPECT_INT(alive(), VOCAB);
    EXPECT(scores[3] == 3);
}

TEST(sampling_truncates_behind_the_temperature) {
    REQUIRE(process("{\"do_sample\": true, \"temperature\": 0.5, \"top_k\": 2}", ids, 4, 4) == 0);
    EXPECT_INT(alive(), 2);
    EXPECT(scores[5] == 10 && scores[4] == 8);
}

TEST(top_p_keeps_what_makes_up_the_mass) {
    REQUIRE(process("{\"do_sample\": true, \"top_k\": 0, \"top_p\": 0.7}", ids, 4, 4) == 0);
    EXPECT_INT(alive(), 2); /* 0.633 and 0.233 */
    REQUIRE(process("{\"do_sample\": true, \"top_k\": 0, \"top_p\": 0.0}", ids, 4, 4) == 0);
    EXPECT_INT(alive(), 1);
}

TEST(min_p_is_relative_to_the_likeliest) {
    REQUIRE(process("{\"do_sample\": true, \"top_k\": 0, \"min_p\": 0.3}", ids, 4, 4) == 0);
    EXPECT_INT(alive(), 2); /* e^-1 is above, e^-2 below */
}

TEST(a_repeated_id_is_penalised_once) {
    REQUIRE(process("{\"repetition_penalty\": 2.0}", ids, 4, 4) == 0);
    EXPECT(scores[5] == 2.5F && scores[1] == 0.5F && scores[4] == 4);
}

TEST(an_ngram_is_not_completed_twice) {
    REQUIRE(process("{\"no_repeat_ngram_size\": 2}", ids, 4, 4) == 0);
    EXPECT(scores[5] == -INFINITY); /* 1 was followed by 5 */
    EXPECT_INT(alive(), VOCAB - 1);
}

TEST(a_phrase_needs_as_many_ids_as_it_has) {
    REQUIRE(process("{\"bad_words_ids\": [[5, 1, 2]]}", ids + 2, 2, 2) == 0);
    EXPECT_INT(alive(), VOCAB); /* HF's off by one */
    REQUIRE(process("{\"bad_words_ids\": [[5, 1, 2], [4]]}", ids + 1, 3, 3) == 0);
    EXPECT(scores[2] == -INFINITY && scores[4] == -INFINITY);
}

TEST(the_end_waits_for_the_least_length) {
    REQUIRE(process("{\"eos_token_id\": [2, 3], \"min_new_tokens\": 2}", ids, 4, 3) == 0);
    EXPECT(scores[2] == -INFINITY && scores[3] == -INFINITY);
    REQUIRE(process("{\"eos_token_id\": [2, 3], \"min_new_tokens\": 2}", ids, 4, 2) == 0);
    EXPECT_INT(alive(), VOCAB);
}

TEST(tokens_are_suppressed_always_or_at_the_beginning) {
    const char *settings = "{\"suppress_tokens\": [0], \"begin_suppress_tokens\": [1]}";
    REQUIRE(process(settings, ids, 4, 4) == 0);
    EXPECT_INT(alive(), VOCAB - 2);
    REQUIRE(process(settings, ids, 4, 3) == 0);
    EXPECT_INT(alive(), VOCAB - 1);
}

TEST(the_last_place_is_for_the_forced_end) {
    REQUIRE(process("{\"forced_eos_token_id\": 3, \"max_length\": 5}", ids, 4, 2) == 0);
    EXPECT_INT(alive(), 1);
    EXPECT(scores[3] == 0);
}

TEST(a_token_outside_the_vocabulary_is_refused) {
    EXPECT_INT(process("{\"suppress_tokens\": [6]}", ids, 4, 4), ERR_ARG);
    EXPECT_HAS(err_text(), "suppress_tokens names token 6");
}

TEST(what_is_not_implemented_is_refused_by_name) {
    EXPECT_INT(process("{\"num_beams\": 4}", ids, 4, 4), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "num_beams");
    EXPECT_INT(process("{\"num_beams\": 1, \"guidance_scale\": null}", ids, 4, 4), 0);
    EXPECT_INT(process("{\"token_healing\": true}", ids, 4, 4), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "this engine has no token_healing");
    EXPECT_INT(process("{\"token_healing\": false, \"constraints\": null}", ids, 4, 4), 0);
    arena_done(&arena);
}
