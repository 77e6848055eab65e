/* SPDX-License-Identifier: Apache-2.0 */
/* stage: names for the places in a model that are worth looking at.
 *
 * They are the same for every family and backend, so that two runs can be compared stage by
 * stage: a trace, a golden and a diagnosis all speak of "q_rope of layer 3". */
#pragma once

#include <stdbool.h>

/* Shapes, where [N, ..] stands for the B·T rows of a step: [N,H] for embedding (the input of layer
 * 0), attn_norm, attn_out, post_attn_residual, ffn_norm, ffn_out, post_ffn_residual (the output of
 * the layer) and final_norm; [N, q+k+v] for qkv_matmul (before the bias) and qkv_bias; [N,Hq,d] and
 * [N,Hkv,d] for q_norm, q_rope and k_norm, k_rope; [B,Hq,T,C] for attn_scores (invisible = -inf)
 * and attn_softmax; [N,Hq*d] for attention (before the output map); [N,I] for ffn_gate, ffn_up,
 * ffn_act, ffn_gated; [N,experts] for moe_router, [N,chosen] for moe_indices; [N,V] for lm_head. */
#define STAGE_MAP(X)                            \
    X(EMBEDDING, "embedding")                   \
    X(ATTN_NORM, "attn_norm")                   \
    X(QKV_MATMUL, "qkv_matmul")                 \
    X(QKV_BIAS, "qkv_bias")                     \
    X(Q_NORM, "q_norm")                         \
    X(K_NORM, "k_norm")                         \
    X(Q_ROPE, "q_rope")                         \
    X(K_ROPE, "k_rope")                         \
    X(ATTN_SCORES, "attn_scores")               \
    X(ATTN_SOFTMAX, "attn_softmax")             \
    X(ATTENTION, "attention")                   \
    X(ATTN_OUT, "attn_out")                     \
    X(POST_ATTN_RESIDUAL, "post_attn_residual") \
    X(FFN_NORM, "ffn_norm")                     \
    X(FFN_GATE, "ffn_gate")                     \
    X(FFN_UP, "ffn_up")                         \
    X(FFN_ACT, "ffn_act")                       \
    X(FFN_GATED, "ffn_gated")                   \
    X(MOE_ROUTER, "moe_router")                 \
    X(MOE_INDICES, "moe_indices")               \
    X(FFN_OUT, "ffn_out")                       \
    X(POST_FFN_RESIDUAL, "post_ffn_residual")   \
    X(FINAL_NORM, "final_norm")                 \
    X(LM_HEAD, "lm_head")

enum stage {
    STAGE_NONE,
#define X(name, text) STAGE_##name,
    STAGE_MAP(X)
#undef X
        STAGE_COUNT,
};

const char *stage_name(enum stage stage); /* "q_rope"; "" for STAGE_NONE */
bool stage_parse(enum stage *out, const char *name);
