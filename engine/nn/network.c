/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/network.h"

#include "engine/nn/arch.h"
#include "engine/nn/block.h"
#include "engine/nn/builder.h"
#include "engine/nn/heads.h"
#include "engine/nn/kv.h"

static void declare_inputs(struct builder *b) {
    const struct network_shape *s = b->shape;
    int64_t slots = b->kv ? b->kv->capacity : s->tokens;
    b->positions = graph_input(b->g, "positions", DTYPE_I32, SHAPE(s->batch * s->tokens));
    b->past = graph_input(b->g, "past", DTYPE_I32, SHAPE(s->batch));
    if (b->c->arch->position == POSITION_ROPE)
        b->inv_freq = graph_input(b->g, "inv_freq", DTYPE_F32, SHAPE(b->c->rope.dim / 2));
    if (s->flags & NETWORK_KEY_MASK)
        b->key_mask = graph_input(b->g, "key_mask", DTYPE_U8, SHAPE(s->batch, slots));
    if (s->flags & NETWORK_MASK)
        b->mask = graph_input(b->g, "mask", DTYPE_U8, SHAPE(s->batch, s->tokens, slots));
}

static struct value *look_up(struct builder *b, const struct tensor *table, struct value *ids) {
    return graph_get_rows(b->g, builder_weight(b, table), ids);
}

/* Words, types and positions; a family without its own table of types looks in the words'. The
 * order of the sums is HF's: BERT adds the type before the position, GPT-2 after. */
static struct value *embed(struct builder *b) {
    struct graph *g = b->g;
    const struct globals *w = &b->w->globals;
    int64_t n = b->shape->batch * b->shape->tokens;
    struct value *x, *types = NULL;
    if (b->shape->flags & NETWORK_EMBEDS)
        x = graph_input(g, "embeds", DTYPE_F32, SHAPE(n, b->c->hidden_size));
    else
        x = look_up(b, w->embed, graph_input(g, "ids", DTYPE_I32, SHAPE(n)));
    if (b->shape->flags & NETWORK_TYPES) {
        struct value *ids = graph_input(g, "types", DTYPE_I32, SHAPE(n));
        types = look_up(b, w->types ? w->types : w->embed, ids);
    }
    if (types && w->types)
        x = graph_add(g, x, types);
    if (w->position)
        x = graph_add(g, x, look_up(b, w->position, b->positions));
    if (types && !w->types)
        x = graph_add(g, x, types);
    if (w->embed_norm)
        x = builder_norm(b, x, w->embed_norm, w->embed_norm_b);
    graph_stage(g, x, STAGE_EMBEDDING, -1);
    return x;
}

void network_build(struct graph *g, const struct config *c, const struct weights *w,
                   const struct kv *kv, const struct network_shape *shape) {
    struct builder b = {.g = g, .c = c, .w = w, .kv = kv, .shape = shape};
    declare_inputs(&b);
    struct value *x = embed(&b);
    for (int64_t i = 0; i < c->num_hidden_layers; i++)
        x = block_build(&b, x, i);
    /* Without an output the last norm would be work for nothing. */
    if (shape->keep == 0 && !(shape->flags & NETWORK_HIDDEN))
        return;
    if (w->globals.final_norm) {
        x = builder_norm(&b, x, w->globals.final_norm, w->globals.final_norm_b);
        graph_stage(g, x, STAGE_FINAL_NORM, -1);
    }
    if (shape->flags & NETWORK_HIDDEN)
        graph_output(g, "hidden", x);
    if (shape->keep != 0)
        heads_build(&b, x);
}
