/* SPDX-License-Identifier: Apache-2.0 */
/* The ids are those of Transformers 5.17 for the same folder. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

/* Documents are spelt with single quotes. */
struct row {
    const char *config, *model_config; /* tokenizer_config.json and config.json */
    const char *text, *ids;
};

static void put(const char *folder, const char *name, const char *data, size_t len) {
    struct buf path;
    buf_init(&path, 4096);
    file_join(&path, folder, name);
    REQUIRE(file_replace(path.data, data, len) == 0);
    buf_done(&path);
}

static void put_quoted(const char *folder, const char *name, const char *text) {
    struct buf quoted;
    buf_init(&quoted, 4096);
    for (; *text; text++)
        buf_putc(&quoted, *text == '\'' ? '"' : *text);
    put(folder, name, quoted.data, quoted.len);
    buf_done(&quoted);
}

static void ids_of(const struct tokenizer *t, const char *text, struct buf *out) {
    struct encoding e = {0};
    buf_reset(out);
    if (tokenizer_encode(t, &e, text, strlen(text), ENCODE_SPECIAL) < 0)
        buf_puts(out, err_text());
    for (size_t i = 0; i < e.len; i++)
        buf_printf(out, "%s%d", i ? " " : "", (int)e.ids[i]);
    encoding_done(&e);
}

/* Each row in a folder with the tokenizer.json of a fixture. */
static void check_rows(const char *fixture, const struct row *rows) {
    const char *folder = test_folder();
    char path[256];
    struct file file;
    struct buf got;
    snprintf(path, sizeof(path), SOURCE_DIR "/tests/models/%s/tokenizer.json", fixture);
    REQUIRE(file_read(&file, path, 1 << 24) == 0);
    put(folder, "tokenizer.json", (const char *)file.data, file.size);
    file_done(&file);
    buf_init(&got, 4096);
    for (const struct row *r = rows; r->config; r++) {
        struct tokenizer *t = NULL;
        put_quoted(folder, "tokenizer_config.json", r->config);
        put_quoted(folder, "config.json", r->model_config);
        EXPECT_INT(tokenizer_open(&t, folder), 0);
        REQUIRE(t != NULL);
        ids_of(t, r->text, &got);
        (void)test_check(strcmp(got.data, r->ids) == 0, __FILE__, __LINE__, "%s %s: %s, not %s",
                         r->config, r->model_config, got.data, r->ids);
        tokenizer_close(t);
    }
    buf_done(&got);
}

TEST(settings_of_a_bert_tokenizer_overrule_its_file) {
#define BERT "{'tokenizer_class':'BertTokenizer'"
#define FAST "{'tokenizer_class':'BertTokenizerFast'"
    static const struct row rows[] = {
        {BERT "}",                                            "{}", "Héllo 世 the", "2 123 181 28 1 178 3"},
        {BERT ",'do_lower_case':false}",                      "{}", "Hello the",      "2 1 178 3"           },
        {FAST ",'strip_accents':false}",                      "{}", "héllo",         "2 1 3"               },
        {FAST ",'strip_accents':null}",                       "{}", "héllo",         "2 123 181 28 3"      },
        {FAST ",'do_lower_case':false,'strip_accents':true}", "{}", "héllo",         "2 123 181 28 3"      },
        {BERT ",'tokenize_chinese_chars':false}",             "{}", "世界 hello",   "2 1 123 181 28 3"    },
        {BERT "}",                                            "{}", "世界 hello",   "2 1 1 123 181 28 3"  },
        {BERT ",'unk_token':'[PAD]'}",                        "{}", "世 the",        "2 0 178 3"           },
        {BERT ",'cls_token':'[MASK]','sep_token':'<s>'}",     "{}", "the",            "4 178 384"           },
        {NULL,                                                NULL, NULL,             NULL                  },
    };
    check_rows("bert", rows);
}

TEST(names_in_both_configs_decide_on_the_class) {
#define CASED(name) "{'tokenizer_class':" name ",'do_lower_case':false}"
#define MODEL(type) "{'model_type':'" type "'}"
    static const struct row rows[] = {
        {CASED("'MobileBertTokenizerFast'"), "{}",                                  "Hello the", "2 1 178 3"         },
        {CASED("'ConvBertTokenizer'"),       "{}",                                  "Hello the", "2 123 181 28 178 3"},
        {CASED("'PreTrainedTokenizerFast'"), MODEL("bert"),                         "Hello the", "2 123 181 28 178 3"},
        {CASED("'BertTokenizer'"),           MODEL("mistral"),                      "Hello the", "2 123 181 28 178 3"},
        {CASED("null"),                      MODEL("bert"),                         "Hello the", "2 1 178 3"         },
        {CASED("null"),                      MODEL("llama"),                        "Hello the", "2 123 181 28 178 3"},
        {CASED("null"),                      "{'tokenizer_class':'BertTokenizer'}", "Hello the", "2 1 178 3"         },
        {NULL,                               NULL,                                  NULL,        NULL                },
    };
    check_rows("bert", rows);
}

TEST(a_space_comes_first_where_gpt2s_or_qwen2s_settings_ask_for_it) {
#define SPACED(name) "{'tokenizer_class':" name ",'add_prefix_space':true}"
    static const char with[] = "220 39 68 260 78 220 54 304 75 67";
    static const char without[] = "39 68 260 78 220 54 304 75 67";
    const struct row rows[] = {
        {SPACED("'GPT2Tokenizer'"),                                      "{}",             "Hello World", with   },
        {SPACED("'GPT2TokenizerFast'"),                                  MODEL("llama"),   "Hello World", with   },
        {SPACED("'GPT2Tokenizer'"),                                      MODEL("mistral"), "Hello World", without},
        {"{'tokenizer_class':'GPT2Tokenizer'}",                          "{}",             "Hello World", without},
        {SPACED("'Qwen2Tokenizer'"),                                     "{}",             "Hello World", with   },
        {SPACED("'Qwen2TokenizerFast'"),                                 MODEL("bert"),    "Hello World", with   },
        {"{'tokenizer_class':'Qwen2Tokenizer','add_prefix_space':null}", "{}",             "Hello World",
         without                                                                                                 },
 /* qwen2 has its class whatever is named; qwen3 only where nothing is. */
        {SPACED("'PreTrainedTokenizerFast'"),                            MODEL("qwen2"),   "Hello World", with   },
        {SPACED("'TokenizersBackend'"),                                  MODEL("qwen2"),   "Hello World", with   },
        {SPACED("'PreTrainedTokenizerFast'"),                            MODEL("qwen3"),   "Hello World", without},
        {SPACED("'TokenizersBackend'"),                                  MODEL("qwen3"),   "Hello World", without},
        {SPACED("null"),                                                 MODEL("qwen3"),   "Hello World", with   },
        {SPACED("null"),                                                 MODEL("gpt2"),    "Hello World", with   },
        {SPACED("null"),                                                 "{}",             "Hello World", without},
        {NULL,                                                           NULL,             NULL,          NULL   },
    };
    check_rows("qwen2", rows);
}

#define OTHER "{\"tokenizer_class\":\"BertTokenizer\""

static struct tokenizer *parse(const char *json, const char *config) {
    struct tokenizer *t = NULL;
    int rc = tokenizer_parse(&t, json, strlen(json), "t.json", config, strlen(config));
    test_check(rc == 0, __FILE__, __LINE__, "%s", rc < 0 ? err_text() : "");
    return t;
}

/* Words of at most two characters, pieces after "@@", no cutting, and added tokens. */
#define FILE_OF_ITS_OWN                                                                         \
    "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":" \
    "\"@@\",\"max_input_chars_per_word\":2,\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,"     \
    "\"abc\":3,\"##d\":4,\".\":5,\"@@d\":6}},\"added_tokens\":[{\"id\":7,\"content\":\"<x>\","  \
    "\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":" \
    "true}]}"

TEST(only_the_vocabulary_is_the_files) {
    struct buf got, text;
    struct tokenizer *t = parse(FILE_OF_ITS_OWN, OTHER "}");
    REQUIRE(t != NULL);
    buf_init(&got, 4096);
    buf_init(&text, 4096);
    ids_of(t, "ABCD.<x>", &got);
    EXPECT_STR(got.data, "1 3 4 5 7 2");
    EXPECT_INT(tokenizer_role(t, TOKEN_CLS), 1);
    EXPECT_INT(tokenizer_role(t, TOKEN_PAD), 8); /* which neither file names */
    EXPECT_INT(tokenizer_decode(t, &text, (int32_t[]){3, 4, 5}, 3, 0), 0);
    EXPECT_STR(text.data, "abcd.");
    tokenizer_close(t);
    t = parse(FILE_OF_ITS_OWN, OTHER ",\"added_tokens_decoder\":{\"7\":{\"content\":\"<y>\"}}}");
    REQUIRE(t != NULL);
    EXPECT_INT(tokenizer_id(t, "<x>", 3), -1);
    EXPECT_INT(tokenizer_id(t, "<y>", 3), 7);
    tokenizer_close(t);
    buf_done(&got);
    buf_done(&text);
}

TEST(a_setting_of_the_wrong_type_is_refused) {
    struct tokenizer *t = NULL;
    const char *config = OTHER ",\"do_lower_case\":\"no\"}";
    EXPECT_INT(tokenizer_parse(&t, FILE_OF_ITS_OWN, strlen(FILE_OF_ITS_OWN), "t.json", config,
                               strlen(config)),
               ERR_FORMAT);
    EXPECT_HAS(err_text(), "do_lower_case");
    EXPECT(t == NULL);
}

/* The file lowers the case, cuts nothing and adds nothing; but so it is only where it stands. */
TEST(unigram_tokenizers_keep_pieces_and_table_of_their_file) {
    static const char file[] =
        "{\"normalizer\":{\"type\":\"Lowercase\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
        "\"vocab\":[[\"<s>\",0],[\"<pad>\",0],[\"</s>\",0],[\"<unk>\",0],[\"\xe2\x96\x81\",-1],"
        "[\"a\",-2],[\"A\",-2],[\"b\",-2],[\"<mask>\",0]]}}";
    static const char *const rows[][2] = {
        {"{\"tokenizer_class\":\"XLMRobertaTokenizer\"}",                                "0 4 6 4 7 2"},
        {"{\"tokenizer_class\":\"XLMRobertaTokenizerFast\",\"add_prefix_space\":false}", "0 6 7 2"    },
        {"{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}",                            "5 0 7"      },
    };
    struct buf got;
    buf_init(&got, 4096);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tokenizer *t = parse(file, rows[i][0]);
        REQUIRE(t != NULL);
        ids_of(t, "A b", &got);
        EXPECT_STR(got.data, rows[i][1]);
        tokenizer_close(t);
    }
    buf_done(&got);
}
