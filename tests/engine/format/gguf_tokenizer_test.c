/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabularies with one fault each: they are refused by file and key. */
#include "engine/format/gguf_tokenizer.h"

#include "engine/base/err.h"
#include "engine/format/gguf.h"
#include "tests/engine/format/gguf_bytes.h"
#include "tests/test.h"

#define KEY(name) "tokenizer.ggml." name

struct vocabulary {
    const char *model, *pre, *token, *merge; /* NULL: the key is left out */
    int types;                               /* how many; 0: the key is left out */
    uint32_t type;                           /* of each */
    int64_t eos;                             /* -2: the key is left out */
    uint32_t eos_kind;
};
static const struct vocabulary good = {"gpt2", "gpt-2", "ab", "a b", 3, 1, 2, GGUF_U32};

static void put_vocabulary(struct buf *b, const struct vocabulary *v) {
    int keys = !!v->model + !!v->pre + !!v->token + !!v->merge + !!v->types + (v->eos != -2);
    put_head(b, 3, 0, (uint64_t)keys);
    if (v->model) {
        put_key(b, KEY("model"), GGUF_STRING);
        put_text(b, v->model);
    }
    if (v->pre) {
        put_key(b, KEY("pre"), GGUF_STRING);
        put_text(b, v->pre);
    }
    if (v->token) {
        put_array(b, KEY("tokens"), GGUF_STRING, 3);
        put_text(b, "a");
        put_text(b, "b");
        put_text(b, v->token);
    }
    if (v->merge) {
        put_array(b, KEY("merges"), GGUF_STRING, 1);
        put_text(b, v->merge);
    }
    if (v->types)
        put_array(b, KEY("token_type"), GGUF_I32, (uint64_t)v->types);
    for (int i = 0; i < v->types; i++)
        put_number(b, v->type, 4);
    if (v->eos != -2) {
        put_key(b, KEY("eos_token_id"), v->eos_kind);
        put_number(b, (uint64_t)v->eos, 4);
    }
}

/* Takes the bytes. */
static int convert_bytes(struct buf *bytes, struct buf *json, struct buf *config) {
    struct gguf *g = NULL;
    buf_init(json, 1 << 16);
    buf_init(config, 1 << 16);
    int rc = gguf_parse(&g, bytes->data, bytes->len, "v.gguf");
    CHECK(rc == 0);
    rc = gguf_tokenizer_write(g, json, config);
    gguf_close(g);
    buf_done(bytes);
    return rc;
}

static int convert(const struct vocabulary *v, struct buf *json, struct buf *config) {
    struct buf bytes;
    buf_init(&bytes, 1 << 16);
    put_vocabulary(&bytes, v);
    return convert_bytes(&bytes, json, config);
}

TEST(a_vocabulary_becomes_a_tokenizer_json) {
    struct buf json, config;
    EXPECT_INT(convert(&good, &json, &config), 0);
    EXPECT_HAS(json.data, "\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]");
    EXPECT_HAS(config.data, "\"eos_token\":\"ab\"");
    buf_done(&json);
    buf_done(&config);
}

TEST(tokens_that_only_fill_the_table_up_are_left_out) {
    struct vocabulary v = good;
    struct buf json, config;
    v.type = 5;
    EXPECT_INT(convert(&v, &json, &config), 0);
    EXPECT_HAS(json.data, "\"vocab\":{}");
    buf_done(&json);
    buf_done(&config);
}

/* The formatter scrambles a table whose rows differ in length. */
/* clang-format off */
static const struct {
    struct vocabulary v;
    int code;
    const char *says;
} rows[] = {
    {{NULL, "gpt-2", "ab", "a b", 3, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("model") ": the key is missing"},
    {{"rwkv", "gpt-2", "ab", "a b", 3, 1, 2, GGUF_U32}, ERR_UNSUPPORTED, KEY("model") ": \"rwkv\""},
    {{"gpt2", "tekken", "ab", "a b", 3, 1, 2, GGUF_U32}, ERR_UNSUPPORTED, KEY("pre") ": \"tekken\""},
    {{"gpt2", "gpt-2", NULL, "a b", 3, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("tokens") ": the key is missing"},
    {{"gpt2", "gpt-2", "\xff", "a b", 3, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("tokens") ": token 2"},
    {{"gpt2", "gpt-2", "ab", NULL, 3, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("merges") ": the key is missing"},
    {{"gpt2", "gpt-2", "ab", "\xff b", 3, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("merges") ": merge 0"},
    {{"gpt2", "gpt-2", "ab", "a b", 2, 1, 2, GGUF_U32}, ERR_FORMAT, KEY("token_type") ": 2 types for 3"},
    {{"gpt2", "gpt-2", "ab", "a b", 3, 7, 2, GGUF_U32}, ERR_FORMAT, KEY("token_type") ": token 0"},
    {{"gpt2", "gpt-2", "ab", "a b", 3, 1, 3, GGUF_U32}, ERR_FORMAT, KEY("eos_token_id") ": 3"},
    {{"gpt2", "gpt-2", "ab", "a b", 3, 1, -1, GGUF_I32}, ERR_FORMAT, KEY("eos_token_id") ": -1"},
    {{"gpt2", "gpt-2", "ab", "a b", 3, 1, 2, GGUF_F32}, ERR_FORMAT, KEY("eos_token_id") ": expected an integer"},
    {{"bert", "gpt-2", "ab", "a b", 3, 1, 2, GGUF_U32}, ERR_FORMAT, "there is no [CLS]"},
};
/* clang-format on */

TEST(what_is_wrong_is_named_by_its_key) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf json, config;
        int rc = convert(&rows[i].v, &json, &config);
        EXPECT_INT(rc, rows[i].code);
        EXPECT_HAS(err_text(), "v.gguf: ");
        EXPECT_HAS(err_text(), rows[i].says);
        buf_done(&json);
        buf_done(&config);
    }
}

/* -- SentencePiece -- */

static const struct piece {
    const char *text;
    uint32_t type, score; /* the bits of an f32 */
} pieces[] = {
    {"<unk>",     2, 0         },
    {"a",         1, 0         },
    {"b",         1, 0         },
    {"ba",        1, 0xc0000000}, /* -2 */
    {"aba",       1, 0xc0400000}, /* -3: two cuts */
    {"ab",        1, 0xc0000000}, /* as "ba", which comes first */
    {"aa",        1, 0xbf800000}, /* -1: before all */
    {"[PAD7]",    5, 0         }, /* fills up */
    {"bb",        3, 0         }, /* control: never joined */
    {"\303\244b", 1, 0         }, /* its letter is no piece, and has no cut within */
    {NULL,        0, 0         },
};

struct pieces_file {
    const char *last; /* one more token */
    bool has_scores, rewriting, is_byte, unigram,
        anonymous;    /* anonymous: <unk> is called otherwise, and its key left out */
    uint64_t missing; /* scores */
    uint32_t score;   /* of the last one, its bits */
};

static void put_scores(struct buf *b, const struct pieces_file *f, uint64_t count) {
    put_array(b, KEY("scores"), GGUF_F32, count - f->missing);
    for (uint64_t i = 0; i < count - f->missing; i++)
        put_number(b, pieces[i].text ? pieces[i].score : f->score, 4);
}

static void put_pieces(struct buf *b, const struct pieces_file *f) {
    uint64_t count = sizeof(pieces) / sizeof(pieces[0]);
    put_head(b, 3, 0, (uint64_t)(4 + f->has_scores + f->rewriting));
    put_key(b, KEY("model"), GGUF_STRING);
    put_text(b, f->unigram ? "t5" : "llama");
    put_key(b, KEY("add_bos_token"), GGUF_BOOL);
    put_number(b, 0, 1);
    put_array(b, KEY("tokens"), GGUF_STRING, count);
    for (uint64_t i = 0; i < count; i++)
        put_text(b, pieces[i].text ? f->anonymous && i == 0 ? "x" : pieces[i].text : f->last);
    put_array(b, KEY("token_type"), GGUF_I32, count);
    for (uint64_t i = 0; i < count; i++)
        put_number(b, pieces[i].text ? pieces[i].type : f->is_byte ? 6 : 1, 4);
    if (f->has_scores)
        put_scores(b, f, count);
    if (f->rewriting) {
        put_array(b, KEY("precompiled_charsmap"), GGUF_U8, 1);
        put_number(b, 0, 1);
    }
}

static int convert_pieces(const struct pieces_file *f, struct buf *json, struct buf *config) {
    struct buf bytes;
    buf_init(&bytes, 1 << 16);
    put_pieces(&bytes, f);
    return convert_bytes(&bytes, json, config);
}

TEST(pieces_are_merges_the_highest_score_first) {
    const struct pieces_file f = {.last = "z", .has_scores = true};
    struct buf json, config;
    EXPECT_INT(convert_pieces(&f, &json, &config), 0);
    EXPECT_HAS(json.data, "\"merges\":[[\"a\",\"a\"],[\"b\",\"a\"],[\"a\",\"b\"],"
                          "[\"a\",\"ba\"],[\"ab\",\"a\"]]");
    EXPECT_HAS(json.data, "\"unk_token\":\"<unk>\"");
    EXPECT(strstr(json.data, "PAD") == NULL);
    EXPECT(strstr(json.data, "post_processor") == NULL);
    buf_done(&json);
    buf_done(&config);
}

/* Tokens that text is not cut into have no score, those that fill up are none, and the price of an
 * unknown character is said. */
TEST(pieces_of_unigram_have_their_scores) {
    const struct pieces_file f = {
        .last = "z", .has_scores = true, .score = 0xc0a00000, .rewriting = true, .unigram = true};
    struct buf json, config;
    EXPECT_INT(convert_pieces(&f, &json, &config), 0);
    EXPECT_HAS(json.data, "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",null],"
                          "[\"a\",0],[\"b\",0],[\"ba\",-2],");
    EXPECT_HAS(json.data, "[\"aa\",-1],null,[\"bb\",null],");
    EXPECT_HAS(json.data, "[\"z\",-5]],\"unk_score\":-15}");
    EXPECT_HAS(json.data, "{\"type\":\"SentencePiece\",\"add_space_prefix\":false,"
                          "\"remove_extra_whitespaces\":false,\"precompiled_charsmap\":\"AA==\"}");
    buf_done(&json);
    buf_done(&config);
}

/* Every cut of a piece is looked up: a long one would take its length squared. */
TEST(a_piece_has_an_end) {
    char piece[514] = {0};
    const struct pieces_file f = {.last = piece, .has_scores = true};
    struct buf json, config;
    for (size_t len = 512; len < 514; len++) {
        memset(piece, 'x', len);
        EXPECT_INT(convert_pieces(&f, &json, &config), len == 512 ? 0 : ERR_FORMAT);
        buf_done(&json);
        buf_done(&config);
    }
    EXPECT_HAS(err_text(), KEY("tokens") ": token 10 has 513 bytes");
}

static const struct {
    struct pieces_file f;
    int code;
    const char *says;
} wrong[] = {
    {{.last = "z"},                                                         ERR_FORMAT, KEY("scores") ": the key is missing"                   },
    {{.last = "z", .has_scores = true, .missing = 2},
     ERR_FORMAT,                                                                        KEY("scores") ": 9 scores for 11"                      },
    {{.last = "z", .has_scores = true, .score = 0x7fc00000},
     ERR_FORMAT,                                                                        KEY("scores") ": the score of token 10"                },
    {{.last = "z", .has_scores = true, .score = 0xff800000},
     ERR_FORMAT,                                                                        KEY("scores") ": the score of token 10"                },
    {{.last = "z", .has_scores = true, .anonymous = true},
     ERR_FORMAT,                                                                        KEY("tokens") ": there is neither an unknown token nor"},
    {{.last = "z", .unigram = true},                                        ERR_FORMAT, KEY("scores") ": the key is missing"                   },
    {{.last = "z", .unigram = true, .has_scores = true, .anonymous = true},
     ERR_FORMAT,                                                                        KEY("tokens") ": there is no unknown token"            },
    {{.last = "z", .has_scores = true, .rewriting = true},
     ERR_UNSUPPORTED,                                                                   KEY("precompiled_charsmap")                            },
};

/* #26511: a byte of "<0x-1>" was an index. */
TEST(a_byte_is_two_digits) {
    static const char *const spelled[] = {"<0xFF>", "<0x-1>",  "<0x0a>", "<0x+A>",
                                          "<0x1>",  "<0x100>", ""};
    for (size_t i = 0; i < sizeof(spelled) / sizeof(spelled[0]); i++) {
        const struct pieces_file f = {.last = spelled[i], .is_byte = true, .has_scores = true};
        struct buf json, config;
        EXPECT_INT(convert_pieces(&f, &json, &config), i == 0 ? 0 : ERR_FORMAT);
        if (i > 0)
            EXPECT_HAS(err_text(), "token 10 is to be a byte");
        buf_done(&json);
        buf_done(&config);
    }
}

TEST(what_is_wrong_with_pieces_is_named_by_its_key) {
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buf json, config;
        int rc = convert_pieces(&wrong[i].f, &json, &config);
        EXPECT_INT(rc, wrong[i].code);
        EXPECT_HAS(err_text(), "v.gguf: ");
        EXPECT_HAS(err_text(), wrong[i].says);
        buf_done(&json);
        buf_done(&config);
    }
}
