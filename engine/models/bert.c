/* SPDX-License-Identifier: Apache-2.0 */
/* BERT: sees both ways, norms after the residual, learned positions and token types. */
#include "engine/nn/arch.h"
#include "engine/nn/heads.h"

static const struct param params[] = {
    {"vocab_size",              PARAM_VOCAB,  C(vocab_size),          30522      },
    {"hidden_size",             PARAM_WIDTH,  C(hidden_size),         768        },
    {"intermediate_size",       PARAM_WIDTH,  C(intermediate_size),   3072       },
    {"num_hidden_layers",       PARAM_LAYERS, C(num_hidden_layers),   12         },
    {"num_attention_heads",     PARAM_HEADS,  C(num_attention_heads), 12         },
    {"max_position_embeddings", PARAM_LENGTH, C(max_positions),       512        },
    {"type_vocab_size",         PARAM_VOCAB,  C(type_vocab_size),     2          },
    {"hidden_act",              PARAM_ACT,    C(act),                 ACT_GELU   },
    {"layer_norm_eps",          PARAM_EPS,    C(norm_eps),            1e-12      },
    {"is_decoder",              PARAM_FLAG,   C(is_decoder),          false      },
    {"add_cross_attention",     PARAM_FLAG,   C(add_cross_attention), false      },
    {"tie_word_embeddings",     PARAM_FLAG,   C(tie_word_embeddings), true       },
    {"bos_token_id",            PARAM_ID,     C(bos_token_id),        CONFIG_NONE},
    {"pad_token_id",            PARAM_ID,     C(pad_token_id),        0          },
    {"eos_token_id",            PARAM_IDS,    C(eos_token_id),        CONFIG_NONE},
    {NULL,                      PARAM_END,    0,                      0          },
};

static const struct weight globals[] = {
    {"embeddings.word_embeddings.weight",       G(embed),        "vocab,hidden",     0               },
    {"embeddings.position_embeddings.weight",   G(position),     "positions,hidden", 0               },
    {"embeddings.token_type_embeddings.weight", G(types),        "types,hidden",     0               },
    {"embeddings.LayerNorm.weight",             G(embed_norm),   "hidden",           0               },
    {"embeddings.LayerNorm.bias",               G(embed_norm_b), "hidden",           0               },
    {"pooler.dense.weight",                     G(pool),         "hidden,hidden",    WEIGHT_IF_POOLED},
    {"pooler.dense.bias",                       G(pool_b),       "hidden",           WEIGHT_IF_POOLED},
    WEIGHT_END,
};

static const struct weight weights[] = {
    {"attention.self.query.weight",       W(q),           "hidden,hidden", 0},
    {"attention.self.query.bias",         W(q_b),         "hidden",        0},
    {"attention.self.key.weight",         W(k),           "hidden,hidden", 0},
    {"attention.self.key.bias",           W(k_b),         "hidden",        0},
    {"attention.self.value.weight",       W(v),           "hidden,hidden", 0},
    {"attention.self.value.bias",         W(v_b),         "hidden",        0},
    {"attention.output.dense.weight",     W(o),           "hidden,hidden", 0},
    {"attention.output.dense.bias",       W(o_b),         "hidden",        0},
    {"attention.output.LayerNorm.weight", W(attn_norm),   "hidden",        0},
    {"attention.output.LayerNorm.bias",   W(attn_norm_b), "hidden",        0},
    {"intermediate.dense.weight",         W(up),          "inner,hidden",  0},
    {"intermediate.dense.bias",           W(up_b),        "inner",         0},
    {"output.dense.weight",               W(down),        "hidden,inner",  0},
    {"output.dense.bias",                 W(down_b),      "hidden",        0},
    {"output.LayerNorm.weight",           W(ffn_norm),    "hidden",        0},
    {"output.LayerNorm.bias",             W(ffn_norm_b),  "hidden",        0},
    WEIGHT_END,
};

static const struct gguf_name gguf[] = {
    {"embeddings.word_embeddings",       "token_embd",        false},
    {"embeddings.position_embeddings",   "position_embd",     false},
    {"embeddings.token_type_embeddings", "token_types",       false},
    {"embeddings.LayerNorm",             "token_embd_norm",   false},
    {"attention.self.query",             "attn_q",            false},
    {"attention.self.key",               "attn_k",            false},
    {"attention.self.value",             "attn_v",            false},
    {"attention.output.dense",           "attn_output",       false},
    {"attention.output.LayerNorm",       "attn_output_norm",  false},
    {"intermediate.dense",               "ffn_up",            false},
    {"output.dense",                     "ffn_down",          false},
    {"output.LayerNorm",                 "layer_output_norm", false},
    GGUF_NAME_END,
};

/* The decoder's bias is stored under two names; decoder.bias is the one that is used. */
static const struct weight head_mlm[] = {
    {"cls.predictions.transform.dense.weight",     G(transform),        "hidden,hidden", 0              },
    {"cls.predictions.transform.dense.bias",       G(transform_b),      "hidden",        0              },
    {"cls.predictions.transform.LayerNorm.weight", G(transform_norm),   "hidden",        0              },
    {"cls.predictions.transform.LayerNorm.bias",   G(transform_norm_b), "hidden",        0              },
    {"cls.predictions.decoder.weight",             G(head),             "vocab,hidden",  WEIGHT_TIED    },
    {"cls.predictions.bias",                       G(head_b),           "vocab",         WEIGHT_EITHER  },
    {"cls.predictions.decoder.bias",               G(head_b),           "vocab",         WEIGHT_OPTIONAL},
    WEIGHT_END,
};
static const struct weight head_next[] = {
    {"cls.seq_relationship.weight", G(next),   "2,hidden", 0},
    {"cls.seq_relationship.bias",   G(next_b), "2",        0},
    WEIGHT_END,
};
static const struct weight head_choice[] = {
    {"classifier.weight", G(head),   "1,hidden", 0},
    {"classifier.bias",   G(head_b), "1",        0},
    WEIGHT_END,
};

static const struct head heads[] = {
    {"ForMaskedLM",               HEAD_MLM,    false, false, head_mlm,         NULL     },
    {"LMHeadModel",               HEAD_MLM,    false, true,  head_mlm,         NULL     },
    {"ForPreTraining",            HEAD_BOTH,   true,  false, head_mlm,         head_next},
    {"ForNextSentencePrediction", HEAD_NEXT,   true,  false, head_next,        NULL     },
    {"ForSequenceClassification", HEAD_POOLED, true,  false, heads_classifier, NULL     },
    {"ForMultipleChoice",         HEAD_CHOICE, true,  false, head_choice,      NULL     },
    {"ForTokenClassification",    HEAD_TOKENS, false, false, heads_classifier, NULL     },
    {"ForQuestionAnswering",      HEAD_SPANS,  false, false, heads_spans,      NULL     },
    {"Model",                     HEAD_NONE,   false, false, NULL,             NULL     },
    HEAD_END,
};

static const char *const prefixes[] = {"bert.", NULL};
static const char *const ignored[] = {"embeddings.position_ids", "embeddings.token_type_ids", NULL};

const struct arch arch_bert = {
    .model_type = "bert",
    .class_name = "Bert",
    .params = params,
    .globals = globals,
    .weights = weights,
    .heads = heads,
    .prefixes = prefixes,
    .layers = "encoder.layer.",
    .gguf = gguf,
    .ignored = ignored,
    .norm = NORM_LAYER,
    .placement = PLACE_POST,
    .position = POSITION_LEARNED,
    .bidirectional = true,
};
