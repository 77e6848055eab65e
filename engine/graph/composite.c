/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/composite.h"

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

static composite_fn *const composites[OP_COUNT] = {
    [OP_ATTENTION] = attention,
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
