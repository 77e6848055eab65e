/* SPDX-License-Identifier: Apache-2.0 */
/* Llama: the decoder that most others are told apart from. Grouped-query attention on rotary
 * positions, a gated feed-forward, RMS norms in front. */
#include "engine/nn/arch.h"
#include "engine/nn/heads.h"

static const struct param params[] = {
    {"vocab_size",              PARAM_VOCAB,  C(vocab_size),          32000      },
    {"hidden_size",             PARAM_WIDTH,  C(hidden_size),         4096       },
    {"intermediate_size",       PARAM_WIDTH,  C(intermediate_size),   11008      },
    {"num_hidden_layers",       PARAM_LAYERS, C(num_hidden_layers),   32         },
    {"num_attention_heads",     PARAM_HEADS,  C(num_attention_heads), 32         },
    {"num_key_value_heads",     PARAM_HEADS,  C(num_key_value_heads), CONFIG_NONE},
    {"head_dim",                PARAM_HEAD,   C(head_dim),            CONFIG_NONE},
    {"hidden_act",              PARAM_ACT,    C(act),                 ACT_SILU   },
    {"max_position_embeddings", PARAM_LENGTH, C(max_positions),       2048       },
    {"rms_norm_eps",            PARAM_EPS,    C(norm_eps),            1e-6       },
    {"attention_bias",          PARAM_FLAG,   C(attention_bias),      false      },
    {"mlp_bias",                PARAM_FLAG,   C(mlp_bias),            false      },
    {"tie_word_embeddings",     PARAM_FLAG,   C(tie_word_embeddings), false      },
    {"bos_token_id",            PARAM_ID,     C(bos_token_id),        1          },
    {"pad_token_id",            PARAM_ID,     C(pad_token_id),        CONFIG_NONE},
    {"eos_token_id",            PARAM_IDS,    C(eos_token_id),        2          },
    {NULL,                      PARAM_END,    0,                      0          },
};

static const struct weight globals[] = {
    {"embed_tokens.weight", G(embed),      "vocab,hidden", 0},
    {"norm.weight",         G(final_norm), "hidden",       0},
    WEIGHT_END,
};

static const struct weight weights[] = {
    {"input_layernorm.weight",          W(attn_norm), "hidden",                   0                       },
    {"self_attn.q_proj.weight",         W(q),         "heads*head_dim,hidden",    0                       },
    {"self_attn.k_proj.weight",         W(k),         "kv_heads*head_dim,hidden", 0                       },
    {"self_attn.v_proj.weight",         W(v),         "kv_heads*head_dim,hidden", 0                       },
    {"self_attn.o_proj.weight",         W(o),         "hidden,heads*head_dim",    0                       },
    {"self_attn.q_proj.bias",           W(q_b),       "heads*head_dim",           WEIGHT_IF_ATTENTION_BIAS},
    {"self_attn.k_proj.bias",           W(k_b),       "kv_heads*head_dim",        WEIGHT_IF_ATTENTION_BIAS},
    {"self_attn.v_proj.bias",           W(v_b),       "kv_heads*head_dim",        WEIGHT_IF_ATTENTION_BIAS},
    {"self_attn.o_proj.bias",           W(o_b),       "hidden",                   WEIGHT_IF_ATTENTION_BIAS},
    {"post_attention_layernorm.weight", W(ffn_norm),  "hidden",                   0                       },
    {"mlp.gate_proj.weight",            W(gate),      "inner,hidden",             0                       },
    {"mlp.up_proj.weight",              W(up),        "inner,hidden",             0                       },
    {"mlp.down_proj.weight",            W(down),      "hidden,inner",             0                       },
    {"mlp.gate_proj.bias",              W(gate_b),    "inner",                    WEIGHT_IF_MLP_BIAS      },
    {"mlp.up_proj.bias",                W(up_b),      "inner",                    WEIGHT_IF_MLP_BIAS      },
    {"mlp.down_proj.bias",              W(down_b),    "hidden",                   WEIGHT_IF_MLP_BIAS      },
    WEIGHT_END,
};

/* llama.cpp rotates neighbours, and its converter sorts the rows of queries and keys for that. */
static const struct gguf_name gguf[] = {
    {"embed_tokens",             "token_embd",  false},
    {"norm",                     "output_norm", false},
    {"lm_head",                  "output",      false},
    {"input_layernorm",          "attn_norm",   false},
    {"self_attn.q_proj",         "attn_q",      true },
    {"self_attn.k_proj",         "attn_k",      true },
    {"self_attn.v_proj",         "attn_v",      false},
    {"self_attn.o_proj",         "attn_output", false},
    {"post_attention_layernorm", "ffn_norm",    false},
    {"mlp.gate_proj",            "ffn_gate",    false},
    {"mlp.up_proj",              "ffn_up",      false},
    {"mlp.down_proj",            "ffn_down",    false},
    GGUF_NAME_END,
};

static const struct weight head_tokens[] = {
    {"score.weight", G(head),   "labels,hidden", 0},
    {"score.bias",   G(head_b), "labels",        0},
    WEIGHT_END,
};

static const struct head heads[] = {
    {"ForCausalLM",               HEAD_LM,     false, true,  heads_lm,    NULL},
    {"ForSequenceClassification", HEAD_LAST,   false, false, heads_score, NULL},
    {"ForTokenClassification",    HEAD_TOKENS, false, false, head_tokens, NULL},
    {"ForQuestionAnswering",      HEAD_SPANS,  false, false, heads_spans, NULL},
    {"Model",                     HEAD_NONE,   false, false, NULL,        NULL},
    HEAD_END,
};

/* Question answering files say "transformer.", all others "model.". */
static const char *const prefixes[] = {"model.", "transformer.", NULL};
static const char *const ignored[] = {"rotary_emb.inv_freq", NULL};

const struct arch arch_llama = {
    .model_type = "llama",
    .class_name = "Llama",
    .params = params,
    .globals = globals,
    .weights = weights,
    .heads = heads,
    .prefixes = prefixes,
    .layers = "layers.",
    .gguf = gguf,
    .ignored = ignored,
    .norm = NORM_RMS,
    .placement = PLACE_PRE,
    .position = POSITION_ROPE,
    .rope_theta = 10000.0,
};
