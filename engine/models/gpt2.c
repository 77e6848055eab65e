/* SPDX-License-Identifier: Apache-2.0 */
/* GPT-2: learned positions, layer norms in front, one fused projection for query, key and value.
 * Its matrices lie transposed in the file (Conv1D); token types, when given, are looked up in
 * the word table. */
#include "engine/nn/arch.h"
#include "engine/nn/heads.h"

static const struct param params[] = {
    {"vocab_size",                      PARAM_VOCAB,  C(vocab_size),          50257        },
    {"n_embd",                          PARAM_WIDTH,  C(hidden_size),         768          },
    {"n_inner",                         PARAM_WIDTH,  C(intermediate_size),   CONFIG_NONE  },
    {"n_layer",                         PARAM_LAYERS, C(num_hidden_layers),   12           },
    {"n_head",                          PARAM_HEADS,  C(num_attention_heads), 12           },
    {"n_positions",                     PARAM_LENGTH, C(max_positions),       1024         },
    {"activation_function",             PARAM_ACT,    C(act),                 ACT_GELU_TANH},
    {"layer_norm_epsilon",              PARAM_EPS,    C(norm_eps),            1e-5         },
    {"scale_attn_weights",              PARAM_FLAG,   C(scale_scores),        true         },
    {"scale_attn_by_inverse_layer_idx", PARAM_FLAG,   C(scale_by_layer),      false        },
    {"add_cross_attention",             PARAM_FLAG,   C(add_cross_attention), false        },
    {"tie_word_embeddings",             PARAM_FLAG,   C(tie_word_embeddings), true         },
    {"bos_token_id",                    PARAM_ID,     C(bos_token_id),        50256        },
    {"pad_token_id",                    PARAM_ID,     C(pad_token_id),        CONFIG_NONE  },
    {"eos_token_id",                    PARAM_IDS,    C(eos_token_id),        50256        },
    {NULL,                              PARAM_END,    0,                      0            },
};

/* Transformers' own names are understood too. */
static const struct alias aliases[] = {
    {"n_embd",      "hidden_size"            },
    {"n_layer",     "num_hidden_layers"      },
    {"n_head",      "num_attention_heads"    },
    {"n_positions", "max_position_embeddings"},
    {NULL,          NULL                     },
};

static const struct weight globals[] = {
    {"wte.weight",  G(embed),        "vocab,hidden",     0},
    {"wpe.weight",  G(position),     "positions,hidden", 0},
    {"ln_f.weight", G(final_norm),   "hidden",           0},
    {"ln_f.bias",   G(final_norm_b), "hidden",           0},
    WEIGHT_END,
};

static const struct weight weights[] = {
    {"ln_1.weight",        W(attn_norm),   "hidden",          0                },
    {"ln_1.bias",          W(attn_norm_b), "hidden",          0                },
    {"attn.c_attn.weight", W(qkv),         "hidden,3*hidden", WEIGHT_TRANSPOSED},
    {"attn.c_attn.bias",   W(qkv_b),       "3*hidden",        0                },
    {"attn.c_proj.weight", W(o),           "hidden,hidden",   WEIGHT_TRANSPOSED},
    {"attn.c_proj.bias",   W(o_b),         "hidden",          0                },
    {"ln_2.weight",        W(ffn_norm),    "hidden",          0                },
    {"ln_2.bias",          W(ffn_norm_b),  "hidden",          0                },
    {"mlp.c_fc.weight",    W(up),          "hidden,inner",    WEIGHT_TRANSPOSED},
    {"mlp.c_fc.bias",      W(up_b),        "inner",           0                },
    {"mlp.c_proj.weight",  W(down),        "inner,hidden",    WEIGHT_TRANSPOSED},
    {"mlp.c_proj.bias",    W(down_b),      "hidden",          0                },
    WEIGHT_END,
};

/* The converter stores the matrices straight, unlike the checkpoint they come from. */
static const struct gguf_name gguf[] = {
    {"wte",         "token_embd",    false},
    {"wpe",         "position_embd", false},
    {"ln_f",        "output_norm",   false},
    {"lm_head",     "output",        false},
    {"ln_1",        "attn_norm",     false},
    {"attn.c_attn", "attn_qkv",      false},
    {"attn.c_proj", "attn_output",   false},
    {"ln_2",        "ffn_norm",      false},
    {"mlp.c_fc",    "ffn_up",        false},
    {"mlp.c_proj",  "ffn_down",      false},
    GGUF_NAME_END,
};

static const struct head heads[] = {
    {"LMHeadModel",               HEAD_LM,     false, true,  heads_lm,         NULL},
    {"ForSequenceClassification", HEAD_LAST,   false, false, heads_score,      NULL},
    {"ForTokenClassification",    HEAD_TOKENS, false, false, heads_classifier, NULL},
    {"ForQuestionAnswering",      HEAD_SPANS,  false, false, heads_spans,      NULL},
    {"Model",                     HEAD_NONE,   false, false, NULL,             NULL},
    HEAD_END,
};

static const char *const prefixes[] = {"transformer.", NULL};
/* Causal masks that old releases saved as weights. */
static const char *const ignored[] = {"attn.bias", "attn.masked_bias", NULL};

const struct arch arch_gpt2 = {
    .model_type = "gpt2",
    .class_name = "GPT2",
    .params = params,
    .aliases = aliases,
    .globals = globals,
    .weights = weights,
    .heads = heads,
    .prefixes = prefixes,
    .layers = "h.",
    .gguf = gguf,
    .ignored = ignored,
    .norm = NORM_LAYER,
    .placement = PLACE_PRE,
    .position = POSITION_LEARNED,
};
