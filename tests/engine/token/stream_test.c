/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

static struct tokenizer *parse(const char *json, const char *config) {
    struct tokenizer *t = NULL;
    int rc = tokenizer_parse(&t, json, strlen(json), "t.json", config, config ? strlen(config) : 0);
    test_check(rc == 0, __FILE__, __LINE__, "%s", rc < 0 ? err_text() : "");
    return t;
}

/* Each push's text, "|" between, and the finish behind "#". What is joined must be the batch. */
static void stream(const struct tokenizer *t, const int32_t *ids, size_t len, struct buf *out) {
    struct token_stream *s = token_stream_new(t, 0);
    struct buf one, all, batch;
    buf_init(&one, 4096);
    buf_init(&all, 4096);
    buf_init(&batch, 4096);
    buf_reset(out);
    for (size_t i = 0; i <= len; i++) {
        buf_reset(&one);
        EXPECT_INT(i < len ? token_stream_push(s, ids[i], &one) : token_stream_finish(s, &one), 0);
        EXPECT(utf8_valid(one.data, one.len, NULL));
        buf_printf(out, "%s%s", i == len ? "#" : i > 0 ? "|" : "", one.data);
        buf_add(&all, one.data, one.len);
    }
    EXPECT_INT(tokenizer_decode(t, &batch, ids, len, 0), 0);
    EXPECT_STR(all.data, batch.data);
    token_stream_free(s);
    buf_done(&one);
    buf_done(&all);
    buf_done(&batch);
}

TEST(a_character_split_over_byte_level_tokens_comes_out_whole) {
    /* 0 = E4, 1 = BD, 2 = A0, 3 = "a" in the byte-level alphabet; 4 is added and stands for itself
     */
    struct tokenizer *t = parse(
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\xc3\xa4\":0,\"\xc2\xbd\":1,\"\xc5\x82\":2,"
        "\"a\":3},\"merges\":[]},"
        "\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true},"
        "\"added_tokens\":[{\"id\":4,\"content\":\"\xe4\xbd\xa0!\",\"single_word\":false,"
        "\"lstrip\":false,"
        "\"rstrip\":false,\"normalized\":false,\"special\":false}]}",
        NULL);
    struct buf out;
    buf_init(&out, 4096);
    REQUIRE(t != NULL);
    stream(t, (int32_t[]){3, 0, 1, 2, 3}, 5, &out);
    EXPECT_STR(out.data, "a|||\xe4\xbd\xa0|a#");
    stream(t, (int32_t[]){0, 1, 3, 2, 2}, 5, &out); /* broken off; then lone bytes */
    EXPECT_STR(out.data, "||\xef\xbf\xbd"
                         "a|\xef\xbf\xbd|\xef\xbf\xbd#");
    stream(t, (int32_t[]){3, 0, 1}, 3, &out);
    EXPECT_STR(out.data, "a||#\xef\xbf\xbd");
    stream(t, (int32_t[]){0, 4, 99}, 3, &out);
    EXPECT_STR(out.data, "|\xef\xbf\xbd\xe4\xbd\xa0!|#");
    buf_done(&out);
    tokenizer_close(t);
}

TEST(a_run_of_byte_fallback_tokens_is_held_to_its_end) {
    struct tokenizer *t = parse("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"<0x41>\":0,\"<0xE4>\":1,"
                                "\"<0xBD>\":2,\"<0xA0>\":3,\"\xe2\x96\x81x\":4},"
                                "\"merges\":[]},\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{"
                                "\"type\":\"Replace\",\"pattern\":"
                                "{\"String\":\"\xe2\x96\x81\"},\"content\":\" "
                                "\"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},"
                                "{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]}}",
                                NULL);
    struct buf out;
    buf_init(&out, 4096);
    REQUIRE(t != NULL);
    stream(t, (int32_t[]){4, 4, 1, 2, 3, 4}, 6, &out);
    EXPECT_STR(out.data, "x| x||||\xe4\xbd\xa0 x#");
    /* One bad byte spoils the whole run, the A in front of it too. */
    stream(t, (int32_t[]){4, 0, 1, 4}, 4, &out);
    EXPECT_STR(out.data, "x|||\xef\xbf\xbd\xef\xbf\xbd x#");
    stream(t, (int32_t[]){0}, 1, &out);
    EXPECT_STR(out.data, "#A");
    buf_done(&out);
    tokenizer_close(t);
}

TEST(tidied_spaces_are_held_until_no_rule_can_reach_them) {
    struct tokenizer *t = parse("{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\","
                                "\"continuing_subword_prefix\":\"##\","
                                "\"max_input_chars_per_word\":9,\"vocab\":{\"u\":0,\"do\":1,\"n\":"
                                "2,\"'\":3,\"t\":4,\".\":5,\"##x\":6,\"we\":7,"
                                "\"n't\":8,\"'ve\":9}},\"decoder\":{\"type\":\"WordPiece\","
                                "\"prefix\":\"##\",\"cleanup\":false}}",
                                "{\"clean_up_tokenization_spaces\":true}");
    struct buf out;
    buf_init(&out, 4096);
    REQUIRE(t != NULL);
    stream(t, (int32_t[]){1, 8, 5, 7, 9, 6, 1}, 7, &out);
    EXPECT_HAS(out.data, "#");
    stream(t, (int32_t[]){1, 3, 4, 7, 3, 3, 5, 5, 2, 3, 4}, 11, &out);
    EXPECT_HAS(out.data, "#");
    buf_done(&out);
    tokenizer_close(t);
}

/* Each "a" would become a million letters; and what is said of one text holds for no other. */
TEST(a_decoder_may_not_make_much_of_little) {
    struct buf json, out;
    buf_init(&json, 1 << 22);
    buf_init(&out, 1 << 24);
    buf_printf(&json,
               "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]},"
               "\"decoder\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},"
               "\"content\":\"%0*d\"}}",
               1000000, 0);
    struct tokenizer *t = parse(json.data, NULL);
    REQUIRE(t != NULL);
    const int32_t many[] = {0, 0, 0};
    EXPECT_INT(tokenizer_decode(t, &out, many, 1, 0), 0);
    EXPECT_INT((int64_t)out.len, 1000000);
    EXPECT_INT(tokenizer_decode(t, &out, many, 3, 0), ERR_LIMIT);
    EXPECT_HAS(err_text(), "the decoded text is longer than 1048576 bytes");
    buf_done(&json);
    buf_done(&out);
    tokenizer_close(t);
}
