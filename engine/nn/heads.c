/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/heads.h"

#include "engine/nn/arch.h"
#include "engine/nn/builder.h"

const struct weight heads_lm[] = {
    {"lm_head.weight", G(head), "vocab,hidden", WEIGHT_TIED},
    WEIGHT_END,
};
const struct weight heads_score[] = {
    {"score.weight", G(head), "labels,hidden", 0},
    WEIGHT_END,
};
const struct weight heads_classifier[] = {
    {"classifier.weight", G(head),   "labels,hidden", 0},
    {"classifier.bias",   G(head_b), "labels",        0},
    WEIGHT_END,
};
const struct weight heads_spans[] = {
    {"qa_outputs.weight", G(head),   "2,hidden", 0},
    {"qa_outputs.bias",   G(head_b), "2",        0},
    WEIGHT_END,
};

/* tanh of a linear map of each row's first token. */
static struct value *pool(struct builder *b, struct value *x) {
    const struct globals *w = &b->w->globals;
    struct value *first = graph_input(b->g, "first", DTYPE_I32, SHAPE(b->shape->batch));
    struct value *y = builder_linear(b, graph_get_rows(b->g, x, first), w->pool, w->pool_b);
    y = graph_unary(b->g, OP_TANH, y);
    graph_output(b->g, "pooled", y);
    return y;
}

static struct value *kept(struct builder *b, struct value *x) {
    if (b->shape->keep == NETWORK_KEEP_ALL)
        return x;
    struct value *keep = graph_input(b->g, "keep", DTYPE_I32, SHAPE(b->shape->keep));
    return graph_get_rows(b->g, x, keep);
}

static struct value *transform(struct builder *b, struct value *x) {
    const struct globals *w = &b->w->globals;
    x = builder_act(b, builder_linear(b, x, w->transform, w->transform_b));
    return builder_norm(b, x, w->transform_norm, w->transform_norm_b);
}

static void vocabulary(struct builder *b, struct value *x) {
    const struct globals *w = &b->w->globals;
    struct value *logits = builder_linear(b, x, w->head, w->head_b);
    graph_stage(b->g, logits, STAGE_LM_HEAD, -1);
    graph_output(b->g, "logits", logits);
}

void heads_build(struct builder *b, struct value *x) {
    const struct globals *w = &b->w->globals;
    struct value *pooled = w->pool ? pool(b, x) : NULL;
    switch (b->c->head->kind) {
    case HEAD_NONE:
        break;
    case HEAD_LM:
        vocabulary(b, kept(b, x));
        break;
    case HEAD_MLM:
        vocabulary(b, transform(b, kept(b, x)));
        break;
    case HEAD_TOKENS:
    case HEAD_SPANS:
    case HEAD_LAST:
        graph_output(b->g, "logits", builder_linear(b, kept(b, x), w->head, w->head_b));
        break;
    case HEAD_POOLED:
    case HEAD_CHOICE:
        graph_output(b->g, "logits", builder_linear(b, pooled, w->head, w->head_b));
        break;
    case HEAD_BOTH:
        vocabulary(b, transform(b, kept(b, x)));
        graph_output(b->g, "next", builder_linear(b, pooled, w->next, w->next_b));
        break;
    case HEAD_NEXT:
        graph_output(b->g, "next", builder_linear(b, pooled, w->next, w->next_b));
        break;
    }
}
