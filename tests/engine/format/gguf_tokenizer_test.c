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

static int convert(const struct vocabulary *v, struct buf *json, struct buf *config) {
    struct gguf *g = NULL;
    struct buf bytes;
    buf_init(&bytes, 1 << 16);
    buf_init(json, 1 << 16);
    buf_init(config, 1 << 16);
    put_vocabulary(&bytes, v);
    int rc = gguf_parse(&g, bytes.data, bytes.len, "v.gguf");
    CHECK(rc == 0);
    rc = gguf_tokenizer_write(g, json, config);
    gguf_close(g);
    buf_done(&bytes);
    return rc;
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
    {{"llama", "gpt-2", "ab", "a b", 3, 1, 2, GGUF_U32}, ERR_UNSUPPORTED, KEY("model") ": \"llama\""},
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
