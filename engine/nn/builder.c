/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/builder.h"

#include <stddef.h>

#include "engine/nn/arch.h"

struct value *builder_weight(struct builder *b, const struct tensor *t) {
    if (!t)
        return NULL;
    /* Every slot points at the tensor of a `struct loaded`, which knows its name. */
    const struct loaded *l = (const void *)((const char *)t - offsetof(struct loaded, tensor));
    return graph_weight(b->g, l->name, t);
}

struct value *builder_linear(struct builder *b, struct value *x, const struct tensor *w,
                             const struct tensor *bias) {
    struct value *y = graph_matmul(b->g, x, builder_weight(b, w));
    return bias ? graph_add(b->g, y, builder_weight(b, bias)) : y;
}

struct value *builder_norm(struct builder *b, struct value *x, const struct tensor *w,
                           const struct tensor *bias) {
    if (b->c->arch->norm == NORM_RMS)
        return graph_rms_norm(b->g, x, builder_weight(b, w), b->c->norm_eps);
    return graph_layer_norm(b->g, x, builder_weight(b, w), builder_weight(b, bias), b->c->norm_eps);
}

enum op builder_act_op(const struct builder *b) {
    static const enum op ops[ACT_COUNT] = {
        [ACT_SILU] = OP_SILU, [ACT_GELU] = OP_GELU, [ACT_GELU_TANH] = OP_GELU_TANH,
        [ACT_RELU] = OP_RELU, [ACT_TANH] = OP_TANH,
    };
    return ops[b->c->act];
}

struct value *builder_act(struct builder *b, struct value *x) {
    return graph_unary(b->g, builder_act_op(b), x);
}
