/* SPDX-License-Identifier: Apache-2.0 */
/* Qwen2: Llama with biases on query, key and value, always, and nowhere else; the upper layers
 * may slide a window. */
#include "engine/nn/arch.h"

extern const struct arch arch_llama;

static const struct param params[] = {
    {"vocab_size",              PARAM_VOCAB,  C(vocab_size),          151936     },
    {"intermediate_size",       PARAM_WIDTH,  C(intermediate_size),   22016      },
    {"num_key_value_heads",     PARAM_HEADS,  C(num_key_value_heads), 32         },
    {"max_position_embeddings", PARAM_LENGTH, C(max_positions),       32768      },
    {"use_sliding_window",      PARAM_FLAG,   C(use_sliding_window),  false      },
    {"sliding_window",          PARAM_WINDOW, C(sliding_window),      4096       },
    {"max_window_layers",       PARAM_COUNT,  C(max_window_layers),   28         },
    {"bos_token_id",            PARAM_ID,     C(bos_token_id),        CONFIG_NONE},
    {"eos_token_id",            PARAM_IDS,    C(eos_token_id),        CONFIG_NONE},
    {NULL,                      PARAM_END,    0,                      0          },
};

static const struct weight weights[] = {
    {"self_attn.q_proj.bias", W(q_b),    "heads*head_dim",    0           },
    {"self_attn.k_proj.bias", W(k_b),    "kv_heads*head_dim", 0           },
    {"self_attn.v_proj.bias", W(v_b),    "kv_heads*head_dim", 0           },
    {"self_attn.o_proj.bias", W(o_b),    "hidden",            WEIGHT_NEVER},
    {"mlp.gate_proj.bias",    W(gate_b), "inner",             WEIGHT_NEVER},
    {"mlp.up_proj.bias",      W(up_b),   "inner",             WEIGHT_NEVER},
    {"mlp.down_proj.bias",    W(down_b), "hidden",            WEIGHT_NEVER},
    WEIGHT_END,
};

/* Halves are rotated here too, so the rows stay as they are. */
static const struct gguf_name gguf[] = {
    {"self_attn.q_proj", "attn_q", false},
    {"self_attn.k_proj", "attn_k", false},
    GGUF_NAME_END,
};

const struct arch arch_qwen2 = {
    .model_type = "qwen2",
    .class_name = "Qwen2",
    .base = &arch_llama,
    .params = params,
    .weights = weights,
    .gguf = gguf,
    .norm = NORM_RMS,
    .placement = PLACE_PRE,
    .position = POSITION_ROPE,
    .rope_theta = 10000.0,
};
