/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of golden.json and unigram.json were written by HF tokenizers; what a file may not say is
 * refused here. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

enum { WORDS_MAX = 16, MSG = 200 };

static struct json_doc *golden;

/* The tokenizer of one case: its sections and model, put together again. */
static struct tokenizer *open_case(struct json at) {
    const char *name = "", *model = "", *sections = "", *body = "";
    struct tokenizer *t = NULL;
    struct buf text;
    json_str(at, "name", &name);
    json_str(at, "model", &model);
    json_str(at, "sections", &sections);
    json_as_str(json_member(json_get(json_root(golden), "models"), model), &body);
    buf_init(&text, 1 << 24);
    buf_printf(&text, "{\"version\":\"1.0\",%s%s\"model\":%s}", sections, *sections ? "," : "",
               body);
    int rc = tokenizer_parse(&t, text.data, text.len, name, NULL, 0);
    test_check(rc == 0, __FILE__, __LINE__, "%s: %s", name, err_text());
    buf_done(&text);
    return t;
}

/* An absent list is all `usual`. */
static bool same_list(struct json list, size_t len, size_t index, int64_t got, int64_t usual) {
    int64_t want = usual;
    if (json_exists(list) &&
        (json_len(list) != len || json_as_int(json_at(list, index), -1, INT32_MAX, &want) < 0))
        return false;
    return got == want;
}

static const char *first_difference(struct json row, const struct encoding *e) {
    size_t n = e->len, overflow = 0;
    struct json over = json_member(row, "over");
    if (json_len(json_member(row, "ids")) != n)
        return "length";
    for (size_t i = 0; i < n; i++) {
        if (!same_list(json_member(row, "ids"), n, i, e->ids[i], -1))
            return "ids";
        if (!same_list(json_member(row, "off"), 2 * n, 2 * i, e->offsets[i].begin, -1) ||
            !same_list(json_member(row, "off"), 2 * n, 2 * i + 1, e->offsets[i].end, -1))
            return "offsets";
        if (!same_list(json_member(row, "words"), n, i, e->words[i], -1))
            return "words";
        if (!same_list(json_member(row, "type"), n, i, e->type_ids[i], 0))
            return "type ids";
        if (!same_list(json_member(row, "seq"), n, i, e->sequences[i], 0))
            return "sequences";
        if (!same_list(json_member(row, "special"), n, i, e->special[i], 0))
            return "special mask";
        if (!same_list(json_member(row, "att"), n, i, e->attention[i], 1))
            return "attention mask";
    }
    if (json_len(over) != e->overflow_len)
        return "number of overflowing pieces";
    for (struct json v = json_first(over); v.node; v = json_next(v), overflow++)
        if (first_difference(v, &e->overflow[overflow]))
            return "overflow";
    return NULL;
}

static size_t read_words(struct json list, struct token_text *out) {
    size_t n = 0;
    for (struct json v = json_first(list); v.node && n < WORDS_MAX; v = json_next(v)) {
        const char *s = "";
        json_as_str(v, &s);
        out[n++] = (struct token_text){s, strlen(s)};
    }
    return n;
}

static int encode_row(const struct tokenizer *t, struct json row, struct encoding *e) {
    struct token_text text[WORDS_MAX], pair[WORDS_MAX];
    struct encode_request r = {.text = text, .text_len = 1, .pair_len = 1, .flags = ENCODE_OFFSETS};
    const char *s = "", *p = NULL;
    bool plain = false;
    json_opt_bool(row, "plain", &plain);
    r.flags |= plain ? 0 : ENCODE_SPECIAL;
    if (json_exists(json_member(row, "words_in"))) {
        r.flags |= ENCODE_WORDS;
        r.text_len = read_words(json_member(row, "words_in"), text);
        r.pair_len = read_words(json_member(row, "wpair"), pair);
        r.pair = json_exists(json_member(row, "wpair")) ? pair : NULL;
    } else {
        json_opt_str(row, "text", &s);
        json_opt_str(row, "pair", &p);
        text[0] = (struct token_text){s, strlen(s)};
        pair[0] = (struct token_text){p, p ? strlen(p) : 0};
        r.pair = p ? pair : NULL;
    }
    return tokenizer_encode_request(t, e, &r);
}

/* Decoding, whole and streamed. */
static const char *decode_difference(const struct tokenizer *t, const struct encoding *e, int flags,
                                     const char *want) {
    struct buf whole, streamed;
    struct token_stream *s = token_stream_new(t, flags);
    const char *difference = NULL;
    buf_init(&whole, 1 << 20);
    buf_init(&streamed, 1 << 20);
    tokenizer_decode(t, &whole, e->ids, e->len, flags);
    for (size_t i = 0; i < e->len; i++)
        token_stream_push(s, e->ids[i], &streamed);
    token_stream_finish(s, &streamed);
    if (strcmp(whole.data, want) != 0)
        difference = "decoded text";
    else if (strcmp(streamed.data, want) != 0)
        difference = "streamed text";
    token_stream_free(s);
    buf_done(&whole);
    buf_done(&streamed);
    return difference;
}

static void check_row(const struct tokenizer *t, struct json at, struct json row, size_t number) {
    struct encoding e = {0};
    const char *name = "", *decoded = "", *skipped;
    json_str(at, "name", &name);
    json_opt_str(row, "dec", &decoded);
    skipped = decoded;
    json_opt_str(row, "skip", &skipped);
    int rc = encode_row(t, row, &e);
    const char *difference = rc < 0 ? err_text() : first_difference(row, &e);
    if (!difference)
        difference = decode_difference(t, &e, 0, decoded);
    if (!difference)
        difference = decode_difference(t, &e, DECODE_SKIP_SPECIAL, skipped);
    test_check(!difference, __FILE__, __LINE__, "%s, row %zu: %s", name, number,
               difference ? difference : "");
    encoding_done(&e);
}

static void check_rows(const char *path) {
    size_t cases = 0;
    REQUIRE(json_load(&golden, path, 1 << 24, 0) == 0);
    for (struct json c = json_first(json_get(json_root(golden), "cases")); c.node;
         c = json_next(c)) {
        struct tokenizer *t = open_case(c);
        size_t number = 0;
        for (struct json row = json_first(json_get(c, "rows")); t && row.node; row = json_next(row))
            check_row(t, c, row, number++);
        cases += number > 0;
        tokenizer_close(t);
    }
    EXPECT(cases > 0);
    json_free(golden);
}

TEST(every_golden_row_is_reproduced_encoded_decoded_and_streamed) {
    check_rows(SOURCE_DIR "/tests/engine/token/golden.json");
}

TEST(unigram_rows_are_reproduced_too) {
    check_rows(SOURCE_DIR "/tests/engine/token/unigram.json");
}

/* -- what is refused -- */

#define MODEL \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}"

static const struct {
    const char *json, *says;
    int code;
} refused[] = {
    {"[]",                                                                                          "expected an object",                  ERR_FORMAT     },
    {"{}",                                                                                          "model",                               ERR_FORMAT     },
    {"{\"version\":\"2.0\"," MODEL "}",                                                             "version 2.0",                         ERR_FORMAT     },
    {"{\"model\":{\"type\":\"Nonsense\",\"vocab\":[]}}",                                            "the model Nonsense is not supported",
     ERR_UNSUPPORTED                                                                                                                                      },
    {"{\"model\":{\"type\":\"Unigram\",\"vocab\":{}}}",                                             "model.vocab",                         ERR_FORMAT     },
    {"{\"model\":{\"vocab\":[[\"a\"]]}}",                                                           "vocab[0]: expected a token and",      ERR_FORMAT     },
    {"{\"model\":{\"vocab\":[[\"a\",0],\"b\"]}}",                                                   "vocab[1]: expected a token and",      ERR_FORMAT     },
    {"{\"model\":{\"vocab\":[[\"a\",\"0\"]]}}",                                                     "model.vocab[0][1]",                   ERR_FORMAT     },
    {"{\"model\":{\"vocab\":[[\"a\",0]],\"unk_id\":1}}",                                            "unk_id: there is no such token",
     ERR_FORMAT                                                                                                                                           },
    {"{\"model\":{\"type\":\"BPE\",\"merges\":[]}}",                                                "model.vocab",                         ERR_FORMAT     },
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}",                                                 "model.merges",                        ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":-1},\"merges\":[]}}",                                            "model.vocab.a",                       ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":4000000000},\"merges\":[]}}",                                    "model.vocab.a",                       ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":99999999999999999999},\"merges\":[]}}",                          "model.vocab.a",
     ERR_FORMAT                                                                                                                                           },
    {"{\"model\":{\"vocab\":{\"a\":1.5},\"merges\":[]}}",                                           "model.vocab.a",                       ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":7,\"b\":7},\"merges\":[]}}",                                     "the id 7 is \"a\" already",
     ERR_FORMAT                                                                                                                                           },
    {"{\"model\":{\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}}",
     "\"ab\", the product of the merge",                                                                                                   ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"c\"]]}}",
     "model.merges[0]: \"c\" is not in",                                                                                                   ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a a a\"]}}",                                    "one space",                           ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]}}",                                      "two tokens",                          ERR_FORMAT     },
    {"{\"model\":{\"vocab\":{\"a\":0,\"aa\":1},\"merges\":[\"a a\",[\"a\",\"a\"]]}}",
     "all strings or all pairs",                                                                                                           ERR_FORMAT     },
    {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}",                                           "model.unk_token",                     ERR_FORMAT     },
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\"}}",                                       "no precompiled_charsmap",
     ERR_FORMAT                                                                                                                                           },
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AA=\"}}",
     "cut short",                                                                                                                          ERR_FORMAT     },
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAA!\"}}",
     "no base64 at character 0",                                                                                                           ERR_FORMAT     },
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"CAAAAAAA\"}}",
     "normalizer.precompiled_charsmap: a table of 6 bytes",                                                                                ERR_FORMAT     },
    {"{" MODEL ",\"normalizer\":{\"type\":\"Nonsense\"}}",                                          "normalizer Nonsense is not",
     ERR_UNSUPPORTED                                                                                                                                      },
    {"{" MODEL ",\"normalizer\":{}}",                                                               "normalizer.type",                     ERR_FORMAT     },
    {"{" MODEL
     ",\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":\"\"}}", "leaves a group open",                 ERR_FORMAT     },
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Nonsense\"}}",                                       "pre-tokenizer Nonsense is not",
     ERR_UNSUPPORTED                                                                                                                                      },
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"ab\"}}",
     "expected one character",                                                                                                             ERR_FORMAT     },
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a&&b]\"},"
     "\"behavior\":\"Isolated\",\"invert\":false}}",                                           "an intersection of sets",             ERR_UNSUPPORTED},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0}}",
     "pre_tokenizer.length",                                                                                                               ERR_FORMAT     },
    {"{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
     "{\"id\":\"x\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}}",                     "special_tokens lacks \"x\"",          ERR_FORMAT     },
    {"{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{"
     "\"id\":\"B\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}}",                      "no B in a single text",               ERR_FORMAT     },
    {"{" MODEL ",\"decoder\":{\"type\":\"Nonsense\"}}",                                             "decoder Nonsense is not supported",
     ERR_UNSUPPORTED                                                                                                                                      },
    {"{" MODEL ",\"truncation\":{\"max_length\":-1,\"stride\":0,\"strategy\":\"LongestFirst\"}}",
     "truncation.max_length",                                                                                                              ERR_FORMAT     },
    {"{" MODEL ",\"added_tokens\":[{\"id\":0}]}",                                                   "added_tokens[0].content",             ERR_FORMAT     },
    {"{" MODEL ",\"added_tokens\":{}}",                                                             "added_tokens: expected an array",     ERR_FORMAT     },
    {NULL,                                                                                          NULL,                                  0              },
};

TEST(a_bad_file_gets_one_sentence_that_names_file_and_place) {
    for (size_t i = 0; refused[i].json; i++) {
        struct tokenizer *t = NULL;
        int rc = tokenizer_parse(&t, refused[i].json, strlen(refused[i].json), "t.json", NULL, 0);
        EXPECT_INT(rc, refused[i].code);
        EXPECT_HAS(err_text(), "t.json");
        EXPECT_HAS(err_text(), refused[i].says);
        EXPECT(t == NULL);
        tokenizer_close(t);
    }
}

TEST(a_folder_without_a_tokenizer_json_is_told_what_it_has_instead) {
    static const char *const names[] = {"vocab.txt", "vocab.json", "tokenizer.model", NULL};
    struct tokenizer *t = NULL;
    EXPECT_INT(tokenizer_open(&t, test_folder()), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "tokenizer.json");
    for (size_t i = 0; names[i]; i++) {
        const char *folder = test_folder();
        struct buf path;
        buf_init(&path, 4096);
        file_join(&path, folder, names[i]);
        REQUIRE(file_replace(path.data, "x", 1) == 0);
        EXPECT_INT(tokenizer_open(&t, folder), ERR_UNSUPPORTED);
        EXPECT_HAS(err_text(), names[i]);
        EXPECT_HAS(err_text(), "then save_pretrained");
        buf_done(&path);
    }
    EXPECT(t == NULL);
}

static struct tokenizer *parse(const char *json, const char *config) {
    struct tokenizer *t = NULL;
    int rc = tokenizer_parse(&t, json, strlen(json), "t.json", config, config ? strlen(config) : 0);
    test_check(rc == 0, __FILE__, __LINE__, "%s", rc < 0 ? err_text() : "");
    return t;
}

TEST(holes_in_the_ids_are_holes_and_added_tokens_come_behind_the_count) {
    struct tokenizer *t =
        parse("{\"model\":{\"vocab\":{\"a\":0,\"b\":9},\"merges\":[]},\"added_tokens\":["
              "{\"id\":77,\"content\":\"<x>\",\"single_word\":false,\"lstrip\":false,"
              "\"rstrip\":false,\"normalized\":false,\"special\":true}]}",
              NULL);
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_id(t, "<x>", 3), 2); /* HF counts tokens, not ids */
    EXPECT_STR(tokenizer_token(t, 9, NULL), "b");
    EXPECT(tokenizer_token(t, 5, NULL) == NULL);
    EXPECT(tokenizer_token(t, -1, NULL) == NULL);
    EXPECT(tokenizer_token(t, INT32_MAX, NULL) == NULL);
    EXPECT_INT(tokenizer_vocab_size(t, true), 3);
    EXPECT_INT(tokenizer_id_end(t), 10);
    EXPECT(tokenizer_is_special(t, 2));
    tokenizer_close(t);
}

TEST(tokenizer_config_names_roles_adds_tokens_and_sets_limits) {
    struct tokenizer *t =
        parse("{" MODEL "}",
              "{\"bos_token\":\"<s>\",\"eos_token\":{\"content\":\"</s>\",\"lstrip\":true},"
              "\"pad_token\":null,\"image_token\":\"<img>\",\"model_max_length\":512,"
              "\"padding_side\":\"left\",\"add_bos_token\":true,"
              "\"added_tokens_decoder\":{\"3\":{\"content\":\"<s>\",\"special\":true},"
              "\"4\":{\"content\":\"zz\",\"special\":false}},"
              "\"extra_special_tokens\":[\"<e>\"]}");
    struct encoding e = {0};
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_role(t, TOKEN_BOS), 3);
    EXPECT_INT(tokenizer_id(t, "zz", 2), 4);
    EXPECT_INT(tokenizer_role(t, TOKEN_EOS), 5);
    EXPECT_INT(tokenizer_role(t, TOKEN_PAD), -1);
    EXPECT(tokenizer_is_special(t, tokenizer_id(t, "<img>", 5)));
    EXPECT(tokenizer_is_special(t, tokenizer_id(t, "<e>", 3)));
    EXPECT(!tokenizer_is_special(t, 4));
    EXPECT_INT(tokenizer_max_length(t), 512);
    EXPECT_INT(tokenizer_padding_side(t), SIDE_LEFT);
    /* add_bos_token has no effect beside a tokenizer.json. */
    EXPECT_INT(tokenizer_encode(t, &e, "ab</s>", 6, ENCODE_SPECIAL), 0);
    EXPECT_INT(e.len, 2);
    EXPECT_INT(e.ids[0], 2);
    EXPECT_INT(e.ids[1], 5);
    encoding_done(&e);
    tokenizer_close(t);
    t = parse("{" MODEL "}", "{\"model_max_length\":1000000000000000019884624838656}");
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_max_length(t), 0);
    tokenizer_close(t);
}

TEST(bytes_that_are_no_utf8_count_as_replacement_characters) {
    struct tokenizer *t =
        parse("{\"model\":{\"type\":\"BPE\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"a\":1,"
              "\"\\ufffd\":2},\"merges\":[]}}",
              NULL);
    struct encoding e = {0};
    static const int32_t want[] = {1, 2, 2, 1, 2};
    static const uint32_t bytes[] = {0, 1, 3, 4, 5, 6};
    REQUIRE(t != NULL);
    /* A cut sequence of two bytes is one subpart, a lone byte another. */
    EXPECT_INT(tokenizer_encode(t, &e,
                                "a\xe4\xbd\xff"
                                "a\xc3",
                                6, ENCODE_OFFSETS),
               0);
    REQUIRE(e.len == 5);
    for (uint32_t i = 0; i < 5; i++) {
        EXPECT_INT(e.ids[i], want[i]);
        EXPECT_INT(e.offsets[i].begin, i);
        EXPECT_INT(e.offsets[i].end, i + 1);
    }
    EXPECT_INT(tokenizer_encode(t, &e,
                                "a\xe4\xbd\xff"
                                "a\xc3",
                                6, ENCODE_BYTE_OFFSETS),
               0);
    for (uint32_t i = 0; i < 5; i++)
        EXPECT_INT(e.offsets[i].begin, bytes[i]);
    EXPECT_INT(e.offsets[4].end, 6);
    encoding_done(&e);
    tokenizer_close(t);
}

TEST(truncation_that_cannot_be_met_is_refused) {
    struct tokenizer *t =
        parse("{" MODEL ",\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"a\",0],"
              "\"cls\":[\"b\",1]}}",
              NULL);
    struct encoding e = {0};
    struct token_text text = {"abab", 4};
    struct truncation limit = {.max_length = 1};
    struct encode_request r = {
        .text = &text, .text_len = 1, .flags = ENCODE_SPECIAL, .truncation = &limit};
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_encode_request(t, &e, &r), ERR_ARG);
    EXPECT_HAS(err_text(), "no room for 2 special");
    limit = (struct truncation){.max_length = 3, .stride = 1};
    EXPECT_INT(tokenizer_encode_request(t, &e, &r), ERR_ARG);
    EXPECT_HAS(err_text(), "stride");
    limit = (struct truncation){.max_length = 3, .strategy = TRUNCATE_ONLY_SECOND};
    EXPECT_INT(tokenizer_encode_request(t, &e, &r), ERR_ARG);
    limit = (struct truncation){.max_length = 2};
    EXPECT_INT(tokenizer_encode_request(t, &e, &r), 0);
    EXPECT_INT(e.len, 2);
    EXPECT_INT(e.overflow_len, 1);
    encoding_done(&e);
    tokenizer_close(t);
}
