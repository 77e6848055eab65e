/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/config.h"

#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "tests/test.h"

static struct arena arena;
static struct config c;

static int parse(const char *text, const char *override) {
    struct json_doc *doc = NULL, *over = NULL;
    struct json none = {0};
    arena_done(&arena);
    arena_init(&arena, 0);
    int rc = json_parse(&doc, text, strlen(text), "config.json", 0);
    if (rc == 0 && override)
        rc = json_parse(&over, override, strlen(override), "override", 0);
    if (rc == 0)
        rc = config_parse(&c, json_root(doc), over ? json_root(over) : none, &arena);
    json_free(over);
    json_free(doc);
    return rc;
}

TEST(a_bare_llama_has_transformers_defaults) {
    REQUIRE(parse("{\"model_type\": \"llama\"}", NULL) == 0);
    EXPECT_INT(c.vocab_size, 32000);
    EXPECT_INT(c.num_key_value_heads, 32);
    EXPECT_INT(c.head_dim, 128);
    EXPECT_INT(c.eos_token_id[0], 2);
    EXPECT(c.rope.theta == 10000.0 && c.norm_eps == 1e-6);
    EXPECT(c.head->kind == HEAD_LM && c.head_guessed);
}

TEST(an_heir_hides_its_base_and_keeps_the_rest) {
    REQUIRE(parse("{\"model_type\": \"qwen3\", \"hidden_size\": 64}", NULL) == 0);
    EXPECT_INT(c.vocab_size, 151936);
    EXPECT_INT(c.head_dim, 128);
    EXPECT_INT(c.eos_len, 0);
    EXPECT_INT(c.num_hidden_layers, 32);
}

TEST(null_heads_for_keys_are_as_many_as_heads) {
    REQUIRE(parse("{\"model_type\": \"qwen2\", \"num_attention_heads\": 8,"
                  " \"num_key_value_heads\": null}",
                  NULL) == 0);
    EXPECT_INT(c.num_key_value_heads, 8);
}

TEST(old_and_new_rope_keys_agree) {
    REQUIRE(parse("{\"model_type\": \"llama\", \"rope_theta\": 5e5, \"rope_scaling\":"
                  " {\"type\": \"linear\", \"factor\": 2.0}}",
                  NULL) == 0);
    EXPECT(c.rope.type == ROPE_LINEAR && c.rope.theta == 5e5 && c.rope.factor == 2);
    REQUIRE(parse("{\"model_type\": \"llama\", \"rope_parameters\": {\"rope_theta\": 5e5,"
                  " \"rope_type\": \"linear\", \"factor\": 2.0}}",
                  NULL) == 0);
    EXPECT(c.rope.type == ROPE_LINEAR && c.rope.theta == 5e5 && c.rope.factor == 2);
}

TEST(gpt2_takes_its_own_names_and_transformers) {
    REQUIRE(parse("{\"model_type\": \"gpt2\", \"n_embd\": 48, \"num_hidden_layers\": 3}", NULL) ==
            0);
    EXPECT_INT(c.hidden_size, 48);
    EXPECT_INT(c.num_hidden_layers, 3);
    EXPECT_INT(c.intermediate_size, 192);
    EXPECT(c.act == ACT_GELU_TANH && c.tie_word_embeddings);
}

TEST(windows_need_to_be_switched_on) {
    REQUIRE(parse("{\"model_type\": \"qwen2\", \"sliding_window\": 8, \"num_hidden_layers\": 4,"
                  " \"max_window_layers\": 2}",
                  NULL) == 0);
    EXPECT(!c.sliding && c.sliding_window == CONFIG_NONE);
    REQUIRE(parse("{\"model_type\": \"qwen2\", \"sliding_window\": 8, \"num_hidden_layers\": 4,"
                  " \"max_window_layers\": 2, \"use_sliding_window\": true}",
                  NULL) == 0);
    REQUIRE(c.sliding);
    EXPECT(!c.sliding[1] && c.sliding[2]);
}

TEST(the_class_chooses_the_head) {
    REQUIRE(parse("{\"model_type\": \"bert\", \"architectures\": [\"BertForPreTraining\"]}",
                  NULL) == 0);
    EXPECT(c.head->kind == HEAD_BOTH && c.head->pooled && !config_is_causal(&c));
    REQUIRE(parse("{\"model_type\": \"qwen2\", \"architectures\": [\"Qwen2Model\"]}", NULL) == 0);
    EXPECT(c.head->kind == HEAD_NONE);
    /* As the first converted checkpoints of Llama write it. */
    REQUIRE(parse("{\"model_type\": \"llama\", \"architectures\": [\"LLaMAForCausalLM\"]}", NULL) ==
            0);
    EXPECT(c.head->kind == HEAD_LM);
}

TEST(an_override_wins) {
    REQUIRE(parse("{\"model_type\": \"llama\", \"rope_parameters\": {\"rope_theta\": 1e4}}",
                  "{\"rope_theta\": 1e5, \"rms_norm_eps\": 1e-3}") == 0);
    EXPECT(c.rope.theta == 1e5 && c.norm_eps == 1e-3);
}

static const struct {
    const char *text, *told;
    int rc;
} refused[] = {
    {"{\"model_type\": \"mamba\"}",                                                                  "\"mamba\" is not a family",            ERR_UNSUPPORTED},
    {"{}",                                                                                           "neither model_type nor architectures", ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"architectures\": [\"LlamaForX\"]}",                              "LlamaForX",
     ERR_UNSUPPORTED                                                                                                                                        },
    {"{\"model_type\": \"llama\", \"hidden_size\": 0}",                                              "hidden_size",                          ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"hidden_size\": \"4\"}",                                          "hidden_size",                          ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"num_hidden_layers\": 100000}",                                   "num_hidden_layers",                    ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"hidden_size\": 30, \"num_attention_heads\": 4}",
     "not a multiple",                                                                                                                       ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"num_attention_heads\": 4, \"num_key_value_heads\": 3}",
     "not a multiple",                                                                                                                       ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"hidden_act\": \"mish\"}",                                        "\"mish\" is not known",
     ERR_UNSUPPORTED                                                                                                                                        },
    {"{\"model_type\": \"llama\", \"rope_scaling\": {\"type\": \"mrope\"}}",                         "\"mrope\"",
     ERR_UNSUPPORTED                                                                                                                                        },
    {"{\"model_type\": \"llama\", \"rope_scaling\": {\"type\": \"linear\"}}",                        "factor",                               ERR_FORMAT     },
    {"{\"model_type\": \"llama\", \"head_dim\": 7}",                                                 "in pairs",                             ERR_FORMAT     },
    {"{\"model_type\": \"gpt2\", \"add_cross_attention\": true}",                                    "add_cross_attention",
     ERR_UNSUPPORTED                                                                                                                                        },
    {"{\"model_type\": \"qwen2\", \"num_hidden_layers\": 2, \"layer_types\": [\"full_attention\"]}",
     "layer_types",                                                                                                                          ERR_FORMAT     },
    {"{\"model_type\": \"qwen2\", \"num_hidden_layers\": 1, \"layer_types\": [\"linear\"]}",
     "\"linear\"",                                                                                                                           ERR_UNSUPPORTED},
    {NULL,                                                                                           NULL,                                   0              },
};

/* Keys of other files of these families, each of which changes what is computed. */
/* clang-format off */
static const struct {
    const char *text, *told;
} foreign[] = {
    {"{\"model_type\": \"llama\", \"is_causal\": false}", "is_causal: a decoder that also sees what is ahead"},
    {"{\"model_type\": \"bert\", \"is_decoder\": true, \"is_causal\": false}", "is_causal: a decoder"},
    {"{\"model_type\": \"llama\", \"quantization_config\": {\"quant_method\": \"bitnet\"}}", "quantised by bitnet"},
    {"{\"model_type\": \"llama\", \"quantization_config\": {\"load_in_8bit\": true}}", "quantization_config: "},
    {"{\"model_type\": \"bert\", \"position_embedding_type\": \"relative_key\"}", "\"relative_key\""},
};
/* clang-format on */

TEST(a_key_that_asks_for_another_model_is_refused_by_name) {
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        EXPECT_INT(parse(foreign[i].text, NULL), ERR_UNSUPPORTED);
        EXPECT_HAS(err_text(), foreign[i].told);
    }
    EXPECT(parse("{\"model_type\": \"bert\", \"position_embedding_type\": \"absolute\","
                 " \"is_causal\": false, \"quantization_config\": null}",
                 NULL) == 0);
    EXPECT(parse("{\"model_type\": \"llama\", \"is_causal\": true, \"quantization_config\": {}}",
                 NULL) == 0);
}

TEST(a_window_of_nothing_is_refused_where_it_is_used) {
    EXPECT_INT(parse("{\"model_type\": \"qwen2\", \"use_sliding_window\": true,"
                     " \"sliding_window\": 0}",
                     NULL),
               ERR_FORMAT);
    EXPECT_HAS(err_text(), "sliding_window is 0, not within 1");
    EXPECT_INT(parse("{\"model_type\": \"qwen2\", \"sliding_window\": -1}", NULL), ERR_FORMAT);
    EXPECT_HAS(err_text(), "sliding_window: no size is -1");
    EXPECT(parse("{\"model_type\": \"qwen2\", \"sliding_window\": 0}", NULL) == 0);
    EXPECT(parse("{\"model_type\": \"llama\", \"pad_token_id\": -1}", NULL) == 0);
}

TEST(a_wrong_file_is_told_by_its_key) {
    for (int i = 0; refused[i].text; i++) {
        EXPECT_INT(parse(refused[i].text, NULL), refused[i].rc);
        EXPECT_HAS(err_text(), refused[i].told);
    }
}

TEST(what_is_written_has_hf_names) {
    struct json_writer w;
    struct buf out;
    REQUIRE(parse("{\"model_type\": \"gpt2\", \"n_embd\": 48}", NULL) == 0);
    buf_init(&out, 1 << 20);
    json_writer_init(&w, &out, 0);
    config_write(&w, NULL, &c);
    EXPECT_HAS(out.data, "\"n_embd\":48,\"hidden_size\":48");
    EXPECT_HAS(out.data, "\"activation_function\":\"gelu_new\"");
    buf_done(&out);
    arena_done(&arena);
}
