/* SPDX-License-Identifier: Apache-2.0 */
/* traffic: what a model makes a machine move and compute for one token, whoever computes it.
 *
 * Weights count as the file stores them, each once: a tied table once, as the head. Attention's
 * arithmetic is not counted, so that a figure means the same at every depth. */
#pragma once

#include <stdint.h>

#include "engine/bench/peak.h"
#include "engine/tensor/dtype.h"

struct kv;
struct model;

struct traffic {
    enum dtype dtype;       /* that most of the weights' bytes have */
    enum peak_kind peak;    /* the arithmetic that such weights are multiplied with */
    double weight_bytes;    /* read for a step of one token */
    double operations;      /* of a token's matrices, without the head's */
    double head_operations; /* of each row that the head is computed for */
    double slot_bytes;      /* keys and values that one token left behind, all layers */
    double window_bytes;    /* those of layers that see a window only */
    int64_t window;         /* 0 = no layer slides */
};

/* kv is that of a session of m. */
void traffic_init(struct traffic *t, const struct model *m, const struct kv *kv);
/* Bytes read for the step of one token with so many tokens before it. */
double traffic_step_bytes(const struct traffic *t, int64_t before);
/* Operations of a step of so many tokens, of which the last has logits. */
double traffic_step_operations(const struct traffic *t, int64_t tokens);
