/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/composite.h"

#include <string.h>

static struct value *attention(struct graph *g, const struct op_params *params,
                               struct value *const *in, int layer) {
    struct attention a = {
        .q = in[0],
        .k = in[1],
        .past = in[3],
        .key_mask = in[4],
        .mask = in[5],
        .scale = params->scale,
        .window = params->window,
        .causal = params->causal,
    };
    struct value *scores = graph_attn_scores(g, &a);
    graph_stage(g, scores, STAGE_ATTN_SCORES, layer);
    struct value *p = graph_unary(g, OP_SOFTMAX, scores);
    graph_stage(g, p, STAGE_ATTN_SOFTMAX, layer);
    return graph_attn_values(g, p, in[2]);
}

/* Each fills its columns of one buffer. */
static struct value *matmuls(struct graph *g, const struct op_params *params,
                             struct value *const *in, int layer) {
    int64_t shape[TENSOR_RANK_MAX], column = 0;
    int last = in[0]->t.rank - 1;
    (void)params, (void)layer;
    memcpy(shape, in[0]->t.shape, sizeof(shape));
    shape[last] = 0;
    for (int i = 1; i < op_inputs_max(OP_MATMULS) && in[i]; i++)
        shape[last] += in[i]->t.shape[0];
    struct value *all = graph_buffer(g, DTYPE_F32, last + 1, shape);
    for (int i = 1; i < op_inputs_max(OP_MATMULS) && in[i]; i++) {
        int64_t columns = in[i]->t.shape[0];
        struct value *slice = graph_narrow(g, all, last, column, columns);
        graph_into(g, graph_matmul(g, in[0], in[i]), slice);
        column += columns;
    }
    return all;
}

static struct value *gated(struct graph *g, const struct op_params *params, struct value *const *in,
                           int layer) {
    struct value *gate = graph_matmul(g, in[0], in[1]);
    graph_stage(g, gate, STAGE_FFN_GATE, layer);
    struct value *up = graph_matmul(g, in[0], in[2]);
    graph_stage(g, up, STAGE_FFN_UP, layer);
    struct value *act = graph_unary(g, params->act, gate);
    graph_stage(g, act, STAGE_FFN_ACT, layer);
    return graph_mul(g, act, up);
}

static composite_fn *const composites[OP_COUNT] = {
    [OP_ATTENTION] = attention,
    [OP_MATMULS] = matmuls,
    [OP_GATED] = gated,
};

composite_fn *composite_of(enum op op) {
    return composites[op];
}

int composite_stages(const struct op_call *call, enum stage *out, int cap) {
    struct graph g;
    struct value *in[OP_INPUTS_MAX] = {NULL};
    int count = 0;
    if (!composites[call->op])
        return 0;
    graph_init(&g);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (call->in[i])
            in[i] = graph_weight(&g, "in", call->in[i]);
    (void)composites[call->op](&g, &call->params, in, 0);
    for (; count < g.stage_count && count < cap; count++)
        out[count] = g.stages[count].stage;
    graph_done(&g);
    return count;
}
