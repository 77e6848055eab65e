/* SPDX-License-Identifier: Apache-2.0 */
/* What golden rows cannot say of the Unigram model. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

static struct tokenizer *of_model(const char *model) {
    struct tokenizer *t = NULL;
    struct buf text;
    buf_init(&text, 1 << 12);
    buf_printf(&text, "{\"model\":%s}", model);
    EXPECT_INT(tokenizer_parse(&t, text.data, text.len, "test", NULL, 0), 0);
    buf_done(&text);
    return t;
}

TEST(a_character_without_a_piece_needs_an_unknown_token) {
    struct tokenizer *t = of_model("{\"vocab\":[[\"a\",-1],[\"bc\",-2]]}");
    struct encoding e = {0};
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_encode(t, &e, "abca", 4, 0), ERR_FORMAT);
    EXPECT_HAS(err_text(), "no unknown token");
    EXPECT_INT(tokenizer_encode(t, &e, "aaa", 3, 0), 0);
    EXPECT_INT(e.len, 3);
    encoding_done(&e);
    tokenizer_close(t);
}

/* As a vocabulary from GGUF says it: a token without a score is in no text, and what an unknown
 * character costs need not follow from the scores. */
TEST(a_piece_without_a_score_is_none_and_the_price_may_be_said) {
    static const struct {
        const char *price;
        int32_t ids[3];
        size_t len;
    } rows[] = {
        {"",                    {3, 3, 0}, 2},
        {",\"unk_score\":-1.5", {3, 0, 0}, 2},
    };
    for (size_t i = 0; i < 2; i++) {
        char model[200];
        snprintf(
            model, sizeof(model),
            "{\"vocab\":[[\"<u>\",null],[\"abab\",null],[\"a\",-9],[\"ab\",-4]],\"unk_id\":0%s}",
            rows[i].price);
        struct tokenizer *t = of_model(model);
        struct encoding e = {0};
        REQUIRE(t != NULL);
        EXPECT_INT(tokenizer_encode(t, &e, i ? "abb" : "abab", i ? 3 : 4, 0), 0);
        REQUIRE(e.len == rows[i].len);
        for (size_t k = 0; k < e.len; k++)
            EXPECT_INT(e.ids[k], rows[i].ids[k]);
        encoding_done(&e);
        tokenizer_close(t);
    }
}

TEST(a_text_of_a_megabyte_takes_no_quadratic_time) {
    enum { LEN = 1 << 20 };
    struct tokenizer *t =
        of_model("{\"vocab\":[[\"<u>\",0],[\"a\",-4],[\"aaaa\",-5]],\"unk_id\":0}");
    struct encoding e = {0};
    char *text = malloc(LEN);
    REQUIRE(t != NULL && text != NULL);
    memset(text, 'a', LEN);
    memset(text + LEN / 2, 'b', 4);
    int64_t start = clock_mono_ns();
    EXPECT_INT(tokenizer_encode(t, &e, text, LEN, ENCODE_OFFSETS), 0);
    EXPECT_INT(e.len, LEN / 4);
    EXPECT((clock_mono_ns() - start) / 1000000 < 10000);
    free(text);
    encoding_done(&e);
    tokenizer_close(t);
}
