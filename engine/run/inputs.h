/* SPDX-License-Identifier: Apache-2.0 */
/* inputs: the bytes that plans read: what a step brings, laid out as its chunk wants it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/graph/plan.h"
#include "engine/nn/network.h"

struct config;

struct inputs {
    int32_t *ids, *positions, *types, *keep; /* [n] */
    int32_t *past, *first;                   /* [rows] */
    float *embeds;                           /* [n,H], made at first use */
    uint8_t *mask;                           /* [n,slots], made at first use */
    uint8_t *key_mask;                       /* [n]: of a model without a cache */
    int64_t n, rows, embeds_n, mask_size;    /* room for so many */
};

void inputs_done(struct inputs *in); /* copes with a zeroed struct */
/* Makes room for a chunk of that shape. *moved is set when addresses changed: plans must be bound
 * anew. slots: columns of the mask. 0 or ERR_NOMEM. */
int inputs_reserve(struct inputs *in, const struct config *c, const struct network_shape *shape,
                   int64_t slots, bool *moved);
/* Binds a fresh plan of that shape. key_mask: the cache's, or NULL for ours. */
int inputs_bind(const struct inputs *in, struct plan *plan, const struct config *c,
                const struct network_shape *shape, int64_t slots, uint8_t *key_mask,
                float *inv_freq);
