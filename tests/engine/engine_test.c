/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "tests/test.h"

static const int32_t ids[] = {5, 17, 200, 31, 8, 99};

static struct engine *open_engine(const char *family) {
    struct engine *e = NULL;
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, family);
    const struct engine_options o = {.threads = 1};
    (void)test_check(engine_open(&e, path, &o) == 0, __FILE__, __LINE__, "%s", engine_error());
    return e;
}

TEST(a_session_computes_only_what_it_does_not_hold) {
    struct engine *e = open_engine("qwen3");
    struct engine_session *s;
    const float *logits;
    REQUIRE(e && engine_session_open(&s, e, NULL) == 0);
    EXPECT_INT(engine_session_sync(s, ids, 4), 4);
    EXPECT_INT(engine_session_sync(s, ids, 6), 2);
    int64_t vocab = engine_session_logits(s, &logits);
    REQUIRE(vocab > 0);
    float *grown = malloc((size_t)vocab * sizeof(*grown));
    memcpy(grown, logits, (size_t)vocab * sizeof(*grown));
    EXPECT_INT(engine_session_sync(s, ids, 6), 1); /* the last id, for its logits */
    EXPECT_INT(engine_session_sync(s, ids + 1, 2), 2);
    EXPECT_INT(engine_session_sync(s, ids, 6), 6);
    EXPECT_INT(engine_session_logits(s, &logits), vocab);
    EXPECT(memcmp(grown, logits, (size_t)vocab * sizeof(*grown)) == 0);
    EXPECT_INT(engine_session_size(s), 6);
    free(grown);
    engine_session_close(s);
    engine_close(e);
}

static int gather(void *arg, const struct engine_token *token) {
    buf_add(arg, token->text, token->text_len);
    return 0;
}

TEST(streamed_text_is_the_text_of_the_new_ids) {
    struct engine *e = open_engine("llama");
    struct engine_session *s;
    struct engine_generate o = ENGINE_GENERATE_DEFAULTS;
    int32_t *new_ids = NULL;
    struct buf streamed;
    char *text = NULL;
    buf_init(&streamed, 1 << 16);
    o.max_new_tokens = 12;
    REQUIRE(e && engine_session_open(&s, e, NULL) == 0);
    int64_t n = engine_session_generate(s, ids, 6, &o, gather, &streamed, &new_ids);
    REQUIRE(n > 0);
    REQUIRE(engine_detokenize(e, new_ids, (size_t)n, true, &text) >= 0);
    EXPECT_STR(streamed.data, text);
    buf_done(&streamed);
    engine_free(text);
    engine_free(new_ids);
    engine_session_close(s);
    engine_close(e);
}

TEST(embeddings_can_be_of_length_one) {
    struct engine *e = open_engine("bert");
    struct engine_session *s;
    struct engine_info info;
    double sum = 0;
    REQUIRE(e && engine_session_open(&s, e, NULL) == 0);
    engine_info(e, &info);
    EXPECT(!info.can_generate && info.has_tokenizer);
    float *v = calloc((size_t)info.hidden_size, sizeof(*v));
    EXPECT_INT(engine_session_embed(s, ids, 6, ENGINE_POOL_MEAN, true, v), 0);
    for (int64_t i = 0; i < info.hidden_size; i++)
        sum += (double)v[i] * (double)v[i];
    EXPECT(fabs(sum - 1) < 1e-6);
    free(v);
    engine_session_close(s);
    engine_close(e);
}

TEST(failures_have_a_code_and_a_sentence) {
    struct engine *e = NULL;
    const struct engine_options odd = {.dtype = "i8"};
    EXPECT_INT(engine_open(&e, "/nonexistent", NULL), ENGINE_NOTFOUND);
    EXPECT_HAS(engine_error(), "/nonexistent");
    EXPECT_INT(engine_open(&e, "/nonexistent", &odd), ENGINE_ARG);
    EXPECT(e == NULL);
}

TEST(only_learned_positions_end) {
    struct engine *rotary = open_engine("llama"), *learned = open_engine("gpt2");
    struct engine_session *s;
    struct engine_generate o = ENGINE_GENERATE_DEFAULTS;
    REQUIRE(rotary && learned);
    o.max_new_tokens = 300;
    EXPECT_INT(engine_generate_capacity(rotary, 6, &o), 306);
    EXPECT_INT(engine_generate_capacity(learned, 6, &o), 256);
    EXPECT_INT(engine_generate_capacity(learned, 6, NULL), 26);
    o.settings = "[]";
    EXPECT_INT(engine_generate_capacity(rotary, 6, &o), ENGINE_FORMAT);
    o.settings = NULL;
    REQUIRE(engine_session_open(&s, learned, NULL) == 0);
    EXPECT_INT(engine_session_generate(s, ids, 6, &o, NULL, NULL, NULL), ENGINE_LIMIT);
    EXPECT_HAS(engine_error(), "256 positions that the model has learned");
    engine_session_close(s);
    const struct engine_session_config room = {.capacity = 306};
    REQUIRE(engine_session_open(&s, rotary, &room) == 0);
    o.stop_ids = (const int32_t[]){-1};
    o.stop_ids_len = 1;
    EXPECT_INT(engine_session_generate(s, ids, 6, &o, NULL, NULL, NULL), 300);
    engine_session_close(s);
    engine_close(rotary);
    engine_close(learned);
}
