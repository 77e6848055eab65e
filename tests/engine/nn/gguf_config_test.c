/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata with one fault each: refused by file and key, before anything is loaded by them. */
#include "engine/nn/gguf_config.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/format/checkpoint.h"
#include "engine/format/gguf.h"
#include "tests/engine/format/gguf_bytes.h"
#include "tests/test.h"

enum { INTS = 6, REALS = 2 };

struct value {
    const char *key;
    double value;
};
static const struct value ints[INTS] = {
    {"llama.block_count",             2 },
    {"llama.context_length",          64},
    {"llama.embedding_length",        16},
    {"llama.feed_forward_length",     24},
    {"llama.attention.head_count",    4 },
    {"llama.attention.head_count_kv", 2 },
};
static const struct value reals[REALS] = {
    {"llama.attention.layer_norm_rms_epsilon", 1e-5  },
    {"llama.rope.freq_base",                   500000},
};

static void put_real(struct buf *b, const char *key, double value) {
    float x = (float)value;
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    put_key(b, key, GGUF_F32);
    put_number(b, bits, 4);
}

static void put_int(struct buf *b, const char *key, double value) {
    put_key(b, key, GGUF_I32);
    put_number(b, (uint64_t)(int64_t)value, 4);
}

/* change is a key that gets another value, or is new; NaN: the key is left out. */
struct change {
    const char *key;
    double value;
    bool real;
};

static double value_of(const struct value *v, const struct change *change) {
    return change && strcmp(change->key, v->key) == 0 ? change->value : v->value;
}

static void put_values(struct buf *b, const struct change *change, const char *family) {
    bool known = !change, absent = false;
    for (int i = 0; change && i < INTS; i++)
        known |= strcmp(change->key, ints[i].key) == 0;
    for (int i = 0; change && i < REALS; i++)
        known |= strcmp(change->key, reals[i].key) == 0;
    absent = change && isnan(change->value);
    put_head(b, 3, 1, (uint64_t)(1 + INTS + REALS + !known - absent));
    put_key(b, "general.architecture", GGUF_STRING);
    put_text(b, family);
    for (int i = 0; i < INTS; i++)
        if (!isnan(value_of(&ints[i], change)))
            put_int(b, ints[i].key, value_of(&ints[i], change));
    for (int i = 0; i < REALS; i++)
        if (!isnan(value_of(&reals[i], change)))
            put_real(b, reals[i].key, value_of(&reals[i], change));
    if (!known && change->real)
        put_real(b, change->key, change->value);
    else if (!known)
        put_int(b, change->key, change->value);
}

static int load(struct json_doc **out, const struct change *change, const char *family) {
    struct checkpoint *cp = NULL;
    struct buf b, path;
    buf_init(&b, 1 << 16);
    buf_init(&path, 4096);
    put_values(&b, change, family);
    put_tensor(&b, "token_embd.weight", 2, (const uint64_t[]){16, 32}, 0, 0);
    put_padding(&b, 32);
    for (int i = 0; i < 16 * 32; i++)
        put_number(&b, 0, 4);
    file_join(&path, test_folder(), "c.gguf");
    CHECK(file_replace(path.data, b.data, b.len) == 0);
    int rc = checkpoint_open(&cp, path.data, CHECKPOINT_MAP);
    CHECK(rc == 0);
    rc = gguf_config_load(out, cp);
    checkpoint_close(cp);
    buf_done(&b);
    buf_done(&path);
    return rc;
}

TEST(metadata_become_the_keys_of_a_config_json) {
    struct json_doc *doc = NULL;
    int64_t n = 0;
    double x = 0;
    bool tied = false;
    REQUIRE(load(&doc, NULL, "llama") == 0);
    struct json c = json_root(doc);
    EXPECT(json_int(c, "num_hidden_layers", 0, 99, &n) == 0 && n == 2);
    EXPECT(json_int(c, "num_key_value_heads", 0, 99, &n) == 0 && n == 2);
    EXPECT(json_int(c, "head_dim", 0, 99, &n) == 0 && n == 4);
    EXPECT(json_int(c, "vocab_size", 0, 99, &n) == 0 && n == 32);
    EXPECT(json_real(c, "rms_norm_eps", &x) == 0 && x == 1e-5);
    EXPECT(json_real(c, "rope_parameters.rope_theta", &x) == 0 && x == 500000);
    EXPECT(json_bool(c, "tie_word_embeddings", &tied) == 0 && tied);
    EXPECT(!json_exists(json_get(c, "bos_token_id")));
    json_free(doc);
}

/* The formatter scrambles a table whose rows differ in length. */
/* clang-format off */
static const struct {
    struct change change;
    int code;
    const char *says;
} rows[] = {
    {{"llama.block_count", NAN, false}, ERR_FORMAT, "llama.block_count: the key is missing"},
    {{"llama.block_count", 0, false}, ERR_FORMAT, "llama.block_count: 0 is not within 1"},
    {{"llama.block_count", -1, false}, ERR_FORMAT, "llama.block_count: -1 is not within 1"},
    {{"llama.block_count", 1 << 30, false}, ERR_FORMAT, "llama.block_count: 1073741824"},
    {{"llama.embedding_length", 18, false}, ERR_FORMAT, "18 is not a multiple of 4 heads"},
    {{"llama.embedding_length", NAN, false}, ERR_FORMAT, "llama.embedding_length"},
    {{"llama.feed_forward_length", NAN, false}, ERR_FORMAT, "llama.feed_forward_length"},
    {{"llama.context_length", NAN, false}, ERR_FORMAT, "llama.context_length"},
    {{"llama.attention.head_count", NAN, false}, ERR_FORMAT, "llama.attention.head_count"},
    {{"llama.attention.head_count_kv", 0, false}, ERR_FORMAT, "head_count_kv: 0"},
    {{"llama.attention.layer_norm_rms_epsilon", NAN, true}, ERR_FORMAT, "epsilon: the key is missing"},
    {{"llama.attention.layer_norm_rms_epsilon", -1, true}, ERR_FORMAT, "epsilon: -1 is not within 0"},
    {{"llama.attention.layer_norm_rms_epsilon", INFINITY, true}, ERR_FORMAT, "no finite number"},
    {{"llama.attention.value_length", 8, false}, ERR_UNSUPPORTED, "llama.attention.value_length"},
    {{"llama.attention.sliding_window", 16, false}, ERR_UNSUPPORTED, "llama.attention.sliding_window"},
    {{"llama.rope.dimension_count", 2, false}, ERR_UNSUPPORTED, "llama.rope.dimension_count"},
    {{"llama.rope.scaling.factor", -2, true}, ERR_FORMAT, "llama.rope.scaling.factor: -2"},
    {{"llama.expert_count", 8, false}, ERR_UNSUPPORTED, "llama.expert_count"},
    {{"llama.logit_scale", 2, true}, ERR_UNSUPPORTED, "llama.logit_scale"},
    {{"llama.embedding_scale", 12, true}, ERR_UNSUPPORTED, "llama.embedding_scale"},
    {{"llama.rope.scaling.attn_factor", 1.2, true}, ERR_UNSUPPORTED, "llama.rope.scaling.attn_factor: only yarn"},
    {{"llama.rope.scaling.yarn_ext_factor", 0, true}, ERR_UNSUPPORTED, "llama.rope.scaling.yarn_ext_factor"},
    {{"llama.rope.scaling.yarn_log_multiplier", 0.1, true}, ERR_UNSUPPORTED, "yarn_log_multiplier"},
    {{"tokenizer.ggml.eos_token_id", -5, false}, ERR_FORMAT, "tokenizer.ggml.eos_token_id: -5"},
    {{"general.type", 1, false}, ERR_FORMAT, "general.type: expected a string"},
};
/* clang-format on */

TEST(what_is_wrong_is_named_by_its_key) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *doc = NULL;
        int rc = load(&doc, &rows[i].change, "llama");
        (void)test_check(rc == rows[i].code && strstr(err_text(), rows[i].says) &&
                             strstr(err_text(), "c.gguf: "),
                         __FILE__, __LINE__, "%s: %d \"%s\"", rows[i].change.key, rc, err_text());
        json_free(doc);
    }
}

TEST(a_family_that_is_not_known_is_named) {
    struct json_doc *doc = NULL;
    EXPECT_INT(load(&doc, NULL, "gemma3"), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "general.architecture: \"gemma3\"");
}

TEST(a_factor_without_a_type_scales_linearly) {
    const struct change change = {"llama.rope.scaling.factor", 2, true};
    struct json_doc *doc = NULL;
    const char *type = NULL;
    REQUIRE(load(&doc, &change, "llama") == 0);
    EXPECT(json_str(json_root(doc), "rope_parameters.rope_type", &type) == 0);
    EXPECT_STR(type, "linear");
    json_free(doc);
}
