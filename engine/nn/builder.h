/* SPDX-License-Identifier: Apache-2.0 */
/* builder: a network under construction, and the pieces that all its parts are made of. */
#pragma once

#include "engine/nn/config.h"
#include "engine/nn/network.h"
#include "engine/nn/weights.h"

/* What the parts of a network under construction share. */
struct builder {
    struct graph *g;
    const struct config *c;
    const struct weights *w;
    const struct kv *kv; /* NULL: no cache */
    const struct network_shape *shape;
    struct value *positions, *inv_freq, *past, *key_mask, *mask; /* NULL where absent */
};

/* A loaded weight as a value, under its name on disk. NULL for NULL. */
struct value *builder_weight(struct builder *b, const struct tensor *t);
/* x·wᵀ, plus bias when there is one. */
struct value *builder_linear(struct builder *b, struct value *x, const struct tensor *w,
                             const struct tensor *bias);
/* The family's norm over the last dimension. */
struct value *builder_norm(struct builder *b, struct value *x, const struct tensor *w,
                           const struct tensor *bias);
/* The config's activation, and applied. */
enum op builder_act_op(const struct builder *b);
struct value *builder_act(struct builder *b, struct value *x);
