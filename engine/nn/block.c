/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/block.h"

#include <math.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/nn/builder.h"
#include "engine/nn/kv.h"

/* The three parts of a row of qkv, in columns. */
struct columns {
    int64_t begin[3], len[3];
};

static struct columns columns_of(const struct config *c) {
    int64_t q = c->num_attention_heads * c->head_dim, kv = c->num_key_value_heads * c->head_dim;
    return (struct columns){
        {0, q,  q + kv},
        {q, kv, kv    },
    };
}

static struct value *qkv_matmul(struct builder *b, struct value *x, const struct layer *l) {
    if (l->qkv)
        return graph_matmul(b->g, x, builder_weight(b, l->qkv));
    struct value *const parts[3] = {builder_weight(b, l->q), builder_weight(b, l->k),
                                    builder_weight(b, l->v)};
    return graph_matmuls(b->g, x, parts);
}

static struct value *qkv_bias(struct builder *b, struct value *qkv, const struct layer *l,
                              const struct columns *cols) {
    if (l->qkv_b)
        return graph_add(b->g, qkv, builder_weight(b, l->qkv_b));
    const struct tensor *const parts[3] = {l->q_b, l->k_b, l->v_b};
    CHECK(parts[1] && parts[2]);
    struct value *all = graph_buffer(b->g, DTYPE_F32, 2, qkv->t.shape);
    for (int i = 0; i < 3; i++) {
        struct value *from = graph_narrow(b->g, qkv, 1, cols->begin[i], cols->len[i]);
        struct value *slice = graph_narrow(b->g, all, 1, cols->begin[i], cols->len[i]);
        graph_into(b->g, graph_add(b->g, from, builder_weight(b, parts[i])), slice);
    }
    return all;
}

/* Heads of one part, normed and turned as the layer has it: [N,heads,d]. */
static struct value *heads_of(struct builder *b, struct value *part, int64_t heads,
                              const struct tensor *norm, enum stage normed, enum stage turned,
                              int layer) {
    struct graph *g = b->g;
    int64_t n = b->shape->batch * b->shape->tokens;
    struct value *x = graph_reshape(g, part, SHAPE(n, heads, b->c->head_dim));
    if (norm) {
        x = graph_rms_norm(g, x, builder_weight(b, norm), b->c->norm_eps);
        graph_stage(g, x, normed, layer);
    }
    if (b->inv_freq) {
        x = graph_rope(g, x, b->positions, b->inv_freq, ROPE_HALF, b->c->rope.attention);
        graph_stage(g, x, turned, layer);
    }
    return x;
}

static double scale_of(const struct config *c, int64_t layer) {
    double scale = c->scale_scores ? 1 / sqrt((double)c->head_dim) : 1;
    return c->scale_by_layer ? scale / (double)(layer + 1) : scale;
}

static struct value *by_rows(struct builder *b, struct value *x, int64_t heads) {
    const struct network_shape *s = b->shape;
    return graph_reshape(b->g, x, SHAPE(s->batch, s->tokens, heads, b->c->head_dim));
}

/* The mask a caller gives replaces causality and windows, as HF's 4-D masks do. */
static struct value *attend(struct builder *b, struct value *q, struct value *k, struct value *v,
                            int64_t layer) {
    const struct config *c = b->c;
    bool slides = c->sliding && c->sliding[layer];
    if (b->kv) {
        struct value *k_cache = graph_weight(b->g, "k_cache", &b->kv->k[layer]);
        struct value *v_cache = graph_weight(b->g, "v_cache", &b->kv->v[layer]);
        k = graph_kv_store(b->g, k, k_cache, b->past);
        v = graph_kv_store(b->g, v, v_cache, b->past);
    }
    const struct attention a = {
        .q = q,
        .k = k,
        .v = v,
        .past = b->past,
        .key_mask = b->key_mask,
        .mask = b->mask,
        .scale = scale_of(c, layer),
        .window = slides && !b->mask ? c->sliding_window : 0,
        .causal = config_is_causal(c) && !b->mask,
    };
    return graph_attention(b->g, &a);
}

static struct value *attention_part(struct builder *b, struct value *x, const struct layer *l,
                                    int64_t layer) {
    struct graph *g = b->g;
    const struct config *c = b->c;
    const struct columns cols = columns_of(c);
    int64_t n = b->shape->batch * b->shape->tokens, hq = c->num_attention_heads;
    int at = (int)layer;
    struct value *qkv = qkv_matmul(b, x, l);
    graph_stage(g, qkv, STAGE_QKV_MATMUL, at);
    if (l->qkv_b || l->q_b) {
        qkv = qkv_bias(b, qkv, l, &cols);
        graph_stage(g, qkv, STAGE_QKV_BIAS, at);
    }
    struct value *part[3];
    for (int i = 0; i < 3; i++)
        part[i] = graph_narrow(g, qkv, 1, cols.begin[i], cols.len[i]);
    struct value *q = heads_of(b, part[0], hq, l->q_norm, STAGE_Q_NORM, STAGE_Q_ROPE, at);
    struct value *k =
        heads_of(b, part[1], c->num_key_value_heads, l->k_norm, STAGE_K_NORM, STAGE_K_ROPE, at);
    struct value *y = attend(b, by_rows(b, q, hq), by_rows(b, k, c->num_key_value_heads),
                             by_rows(b, part[2], c->num_key_value_heads), layer);
    y = graph_reshape(g, y, SHAPE(n, hq * c->head_dim));
    graph_stage(g, y, STAGE_ATTENTION, at);
    y = builder_linear(b, y, l->o, l->o_b);
    graph_stage(g, y, STAGE_ATTN_OUT, at);
    return y;
}

static struct value *ffn_part(struct builder *b, struct value *x, const struct layer *l, int at) {
    struct graph *g = b->g;
    struct value *y;
    if (l->gate && !l->gate_b && !l->up_b) {
        struct value *gate = builder_weight(b, l->gate), *up = builder_weight(b, l->up);
        y = graph_gated(g, builder_act_op(b), x, gate, up);
        graph_stage(g, y, STAGE_FFN_GATED, at);
    } else if (l->gate) {
        struct value *gate = builder_linear(b, x, l->gate, l->gate_b);
        graph_stage(g, gate, STAGE_FFN_GATE, at);
        struct value *up = builder_linear(b, x, l->up, l->up_b);
        graph_stage(g, up, STAGE_FFN_UP, at);
        struct value *act = builder_act(b, gate);
        graph_stage(g, act, STAGE_FFN_ACT, at);
        y = graph_mul(g, act, up);
        graph_stage(g, y, STAGE_FFN_GATED, at);
    } else {
        y = builder_linear(b, x, l->up, l->up_b);
        graph_stage(g, y, STAGE_FFN_UP, at);
        y = builder_act(b, y);
        graph_stage(g, y, STAGE_FFN_ACT, at);
    }
    y = builder_linear(b, y, l->down, l->down_b);
    graph_stage(g, y, STAGE_FFN_OUT, at);
    return y;
}

struct value *block_build(struct builder *b, struct value *x, int64_t layer) {
    const struct layer *l = &b->w->layers[layer];
    bool before = b->c->arch->placement == PLACE_PRE;
    struct graph *g = b->g;
    int at = (int)layer;
    struct value *y = x;
    if (before) {
        y = builder_norm(b, x, l->attn_norm, l->attn_norm_b);
        graph_stage(g, y, STAGE_ATTN_NORM, at);
    }
    x = graph_add(g, x, attention_part(b, y, l, layer));
    if (!before)
        x = builder_norm(b, x, l->attn_norm, l->attn_norm_b);
    graph_stage(g, x, STAGE_POST_ATTN_RESIDUAL, at);
    y = x;
    if (before) {
        y = builder_norm(b, x, l->ffn_norm, l->ffn_norm_b);
        graph_stage(g, y, STAGE_FFN_NORM, at);
    }
    x = graph_add(g, x, ffn_part(b, y, l, at));
    if (!before)
        x = builder_norm(b, x, l->ffn_norm, l->ffn_norm_b);
    graph_stage(g, x, STAGE_POST_FFN_RESIDUAL, at);
    return x;
}
