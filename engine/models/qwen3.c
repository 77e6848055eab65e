/* SPDX-License-Identifier: Apache-2.0 */
/* Qwen3: Llama with an RMS norm on each query and key head. The norm comes before the rotation;
 * the decoder applies it wherever q_norm and k_norm are present. */
#include "engine/nn/arch.h"

extern const struct arch arch_llama;

static const struct param params[] = {
    {"vocab_size",              PARAM_VOCAB,  C(vocab_size),          151936     },
    {"intermediate_size",       PARAM_WIDTH,  C(intermediate_size),   22016      },
    {"num_key_value_heads",     PARAM_HEADS,  C(num_key_value_heads), 32         },
    {"head_dim",                PARAM_HEAD,   C(head_dim),            128        },
    {"max_position_embeddings", PARAM_LENGTH, C(max_positions),       32768      },
    {"use_sliding_window",      PARAM_FLAG,   C(use_sliding_window),  false      },
    {"sliding_window",          PARAM_WINDOW, C(sliding_window),      4096       },
    {"max_window_layers",       PARAM_COUNT,  C(max_window_layers),   28         },
    {"bos_token_id",            PARAM_ID,     C(bos_token_id),        CONFIG_NONE},
    {"eos_token_id",            PARAM_IDS,    C(eos_token_id),        CONFIG_NONE},
    {NULL,                      PARAM_END,    0,                      0          },
};

static const struct weight weights[] = {
    {"self_attn.q_norm.weight", W(q_norm), "head_dim", 0           },
    {"self_attn.k_norm.weight", W(k_norm), "head_dim", 0           },
    {"mlp.gate_proj.bias",      W(gate_b), "inner",    WEIGHT_NEVER},
    {"mlp.up_proj.bias",        W(up_b),   "inner",    WEIGHT_NEVER},
    {"mlp.down_proj.bias",      W(down_b), "hidden",   WEIGHT_NEVER},
    WEIGHT_END,
};

/* Halves are rotated here too, so the rows stay as they are. */
static const struct gguf_name gguf[] = {
    {"self_attn.q_proj", "attn_q",      false},
    {"self_attn.k_proj", "attn_k",      false},
    {"self_attn.q_norm", "attn_q_norm", false},
    {"self_attn.k_norm", "attn_k_norm", false},
    GGUF_NAME_END,
};

const struct arch arch_qwen3 = {
    .model_type = "qwen3",
    .class_name = "Qwen3",
    .base = &arch_llama,
    .params = params,
    .weights = weights,
    .gguf = gguf,
    .norm = NORM_RMS,
    .placement = PLACE_PRE,
    .position = POSITION_ROPE,
    .rope_theta = 10000.0,
};
