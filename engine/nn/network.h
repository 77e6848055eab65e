/* SPDX-License-Identifier: Apache-2.0 */
/* network: the graph of one step of a model: embedding, layers, final norm, head.
 *
 * Everything is decided by what is in the slots and the config; there is one network for all
 * families. Inputs and outputs by name, N = batch * tokens, C = the cache's capacity, or tokens
 * where there is no cache:
 *
 *   ids [N] i32, or embeds [N,H] f32       positions [N] i32     types [N] i32
 *   past [B] i32   key_mask [B,C] u8   mask [B,T,C] u8   inv_freq [r/2] f32
 *   keep [keep] i32: rows of N that the head sees      first [B] i32: rows of N that are pooled
 *
 *   hidden [N,H]   logits [keep or N or B, ..]   pooled [B,H]   next [B,2] */
#pragma once

#include <stdint.h>

#include "engine/graph/graph.h"

struct config;
struct kv;
struct weights;

enum network_flags {
    NETWORK_EMBEDS = 1 << 0,   /* embeddings instead of ids */
    NETWORK_TYPES = 1 << 1,    /* token types are given */
    NETWORK_KEY_MASK = 1 << 2, /* some keys are padding */
    NETWORK_MASK = 1 << 3,     /* a mask of its own instead of causality */
    NETWORK_HIDDEN = 1 << 4,   /* the last hidden state is an output */
};
enum { NETWORK_KEEP_ALL = -1 };

struct network_shape {
    int64_t batch, tokens;
    int64_t keep; /* rows for the head; 0 = no head; NETWORK_KEEP_ALL = all N, without `keep` */
    unsigned flags;
};

/* Appends to an empty graph. kv is NULL for a model without a cache. Failures stick to the graph:
 * plan_new() or graph_check() reports them. All borrowed, and must outlive the plans. */
void network_build(struct graph *g, const struct config *c, const struct weights *w,
                   const struct kv *kv, const struct network_shape *shape);
