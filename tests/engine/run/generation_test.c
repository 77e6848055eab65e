/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/generation.h"

#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;

typedef int take_fn(struct generation *g, struct json object, struct arena *arena);

static struct generation take(const char *text, const char *name, take_fn *fn) {
    struct json_doc *doc = NULL;
    struct generation g;
    arena_done(&arena);
    arena_init(&arena, 0);
    generation_init(&g);
    CHECK(json_parse(&doc, text, strlen(text), name, 0) == 0);
    EXPECT_INT(fn(&g, json_root(doc), &arena), 0);
    json_free(doc);
    return g;
}

static struct generation parse(const char *text) {
    return take(text, "settings", generation_apply);
}

/* As a file beside a model. */
static struct generation adopt(const char *text) {
    return take(text, "generation_config.json", generation_adopt);
}

/* A prompt of 8 ids, or of 8 embeddings and no ids, for a model of 32 positions. */
static struct generation resolve(const char *text, bool embeds) {
    struct generation g = parse(text);
    generation_resolve(&g, embeds ? 0 : 8, 8, 32);
    return g;
}

static int apply_then_check(struct generation *g, const char *text) {
    struct json_doc *doc = NULL;
    CHECK(json_parse(&doc, text, strlen(text), "settings", 0) == 0);
    EXPECT_INT(generation_apply(g, json_root(doc), &arena), 0);
    json_free(doc);
    return generation_check(g);
}

TEST(what_a_file_asks_for_in_vain_matters_once_somebody_generates_with_it) {
    struct generation g = adopt("{\"num_beams\":4,\"top_k\":7,\"temperature\":0.0}");
    EXPECT_INT(g.top_k, 7);
    EXPECT_INT(generation_check(&g), ERR_UNSUPPORTED);
    EXPECT(strstr(err_text(), "generation_config.json: num_beams: this engine has no num_beams"));
    EXPECT_INT(apply_then_check(&g, "{\"num_beams\":1}"), 0); /* nothing is sampled */
    EXPECT_INT(apply_then_check(&g, "{\"do_sample\":true}"), ERR_FORMAT);
    EXPECT(strstr(err_text(), "temperature: 0 is not within"));
    generation_settle(&g, "temperature");
    EXPECT_INT(generation_check(&g), 0);
    EXPECT(g.temperature == 1);
    g = adopt("{\"num_beams\":4}");
    EXPECT_INT(apply_then_check(&g, "{\"num_beams\":null}"), 0);
    g = adopt("{\"repetition_penalty\":0}");
    EXPECT_INT(generation_check(&g), ERR_FORMAT);
}

TEST(ids_of_minus_one_are_none_and_whole_numbers_may_have_a_point) {
    EXPECT_INT(parse("{\"eos_token_id\":-1}").eos_token_id.len, 0);
    EXPECT_INT(parse("{\"eos_token_id\":[-1,5]}").eos_token_id.ids[0], 5);
    EXPECT_INT(parse("{\"suppress_tokens\":[-1]}").suppress_tokens.len, 0);
    EXPECT_INT(parse("{\"bos_token_id\":-1}").bos_token_id, GENERATION_NONE);
    EXPECT_INT(parse("{\"max_length\":20.0}").max_length, 20);
    EXPECT(parse("{\"do_sample\":1}").do_sample);
    struct generation g = adopt("{\"forced_eos_token_id\":-1}");
    EXPECT_INT(generation_check(&g), ERR_FORMAT);
    g = adopt("{\"max_length\":20.5}");
    EXPECT_INT(generation_check(&g), ERR_FORMAT);
}

TEST(lengths_count_from_the_prompt_and_end_at_the_model) {
    EXPECT_INT(resolve("{}", false).max_length, 28);
    EXPECT_INT(resolve("{\"max_new_tokens\":5}", false).max_length, 13);
    EXPECT_INT(resolve("{\"max_new_tokens\":5,\"max_length\":9}", false).max_length, 13);
    EXPECT_INT(resolve("{\"max_length\":12}", false).max_length, 12);
    EXPECT_INT(resolve("{\"max_length\":12}", true).max_length, 4);
    EXPECT_INT(resolve("{\"min_new_tokens\":3}", false).min_length, 11);
    EXPECT_INT(resolve("{\"min_length\":10}", false).min_length, 10);
    EXPECT_INT(resolve("{\"min_length\":10}", true).min_length, 2);
    struct generation g = parse("{}");
    generation_resolve(&g, 20, 20, 32);
    EXPECT_INT(g.max_length, 32);
}

TEST(padding_is_the_first_end_token_when_nothing_says) {
    EXPECT_INT(resolve("{\"eos_token_id\":[7,9]}", false).pad_token_id, 7);
    EXPECT_INT(resolve("{\"eos_token_id\":[7,9],\"pad_token_id\":1}", false).pad_token_id, 1);
    EXPECT_INT(resolve("{}", false).pad_token_id, GENERATION_NONE);
}

TEST(null_switches_off_and_absence_leaves_the_default) {
    EXPECT_INT(parse("{}").top_k, 50);
    EXPECT_INT(parse("{\"top_k\":null}").top_k, 0);
    EXPECT(parse("{\"temperature\":null}").temperature == 1);
    EXPECT_INT(parse("{\"eos_token_id\":null}").eos_token_id.len, 0);
    EXPECT_INT(parse("{\"eos_token_id\":3}").eos_token_id.len, 1);
    arena_done(&arena);
}
