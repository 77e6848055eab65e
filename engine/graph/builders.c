/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of OP_MAP as functions with named arguments. */
#include "engine/base/err.h"
#include "engine/graph/graph.h"

static struct value *unary(struct graph *g, enum op op, struct value *a,
                           const struct op_params *params) {
    return graph_op(g, op, params, (struct value *const[OP_INPUTS_MAX]){a});
}

struct value *graph_unary(struct graph *g, enum op op, struct value *a) {
    CHECK(op_inputs_max(op) == 1);
    return unary(g, op, a, NULL);
}

struct value *graph_scale(struct graph *g, struct value *a, double scale) {
    return unary(g, OP_SCALE, a, &(struct op_params){.scale = scale});
}

struct value *graph_copy(struct graph *g, struct value *a, enum dtype dtype) {
    return unary(g, OP_COPY, a, &(struct op_params){.dtype = dtype});
}

static struct value *binary(struct graph *g, enum op op, struct value *a, struct value *b) {
    return graph_op(g, op, NULL, (struct value *const[OP_INPUTS_MAX]){a, b});
}

struct value *graph_get_rows(struct graph *g, struct value *table, struct value *ids) {
    return binary(g, OP_GET_ROWS, table, ids);
}

struct value *graph_add(struct graph *g, struct value *a, struct value *b) {
    return binary(g, OP_ADD, a, b);
}

struct value *graph_mul(struct graph *g, struct value *a, struct value *b) {
    return binary(g, OP_MUL, a, b);
}

struct value *graph_matmul(struct graph *g, struct value *x, struct value *w) {
    return binary(g, OP_MATMUL, x, w);
}

struct value *graph_matmuls(struct graph *g, struct value *x, struct value *const w[3]) {
    return graph_op(g, OP_MATMULS, NULL, (struct value *const[OP_INPUTS_MAX]){x, w[0], w[1], w[2]});
}

struct value *graph_gated(struct graph *g, enum op act, struct value *x, struct value *gate,
                          struct value *up) {
    return graph_op(g, OP_GATED, &(struct op_params){.act = act},
                    (struct value *const[OP_INPUTS_MAX]){x, gate, up});
}

struct value *graph_attn_values(struct graph *g, struct value *p, struct value *v) {
    return binary(g, OP_ATTN_VALUES, p, v);
}

struct value *graph_rms_norm(struct graph *g, struct value *x, struct value *w, double eps) {
    return graph_op(g, OP_RMS_NORM, &(struct op_params){.eps = eps},
                    (struct value *const[OP_INPUTS_MAX]){x, w});
}

struct value *graph_layer_norm(struct graph *g, struct value *x, struct value *w, struct value *b,
                               double eps) {
    return graph_op(g, OP_LAYER_NORM, &(struct op_params){.eps = eps},
                    (struct value *const[OP_INPUTS_MAX]){x, w, b});
}

struct value *graph_rope(struct graph *g, struct value *x, struct value *pos,
                         struct value *inv_freq, enum rope_layout layout, double scale) {
    return graph_op(g, OP_ROPE, &(struct op_params){.rope_layout = layout, .scale = scale},
                    (struct value *const[OP_INPUTS_MAX]){x, pos, inv_freq});
}

struct value *graph_kv_store(struct graph *g, struct value *x, struct value *cache,
                             struct value *past) {
    return graph_op(g, OP_KV_STORE, NULL, (struct value *const[OP_INPUTS_MAX]){x, cache, past});
}

static struct op_params attention_params(const struct attention *a) {
    return (struct op_params){.scale = a->scale, .window = a->window, .causal = a->causal};
}

struct value *graph_attention(struct graph *g, const struct attention *a) {
    struct op_params params = attention_params(a);
    return graph_op(
        g, OP_ATTENTION, &params,
        (struct value *const[OP_INPUTS_MAX]){a->q, a->k, a->v, a->past, a->key_mask, a->mask});
}

struct value *graph_attn_scores(struct graph *g, const struct attention *a) {
    struct op_params params = attention_params(a);
    return graph_op(
        g, OP_ATTN_SCORES, &params,
        (struct value *const[OP_INPUTS_MAX]){a->q, a->k, a->past, a->key_mask, a->mask});
}
