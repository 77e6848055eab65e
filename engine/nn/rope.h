/* SPDX-License-Identifier: Apache-2.0 */
/* rope: the frequencies of rotary positions, by every rule that rope_parameters can name.
 *
 * inv_freq is computed in f32 in the order of Transformers' modeling_rope_utils, so that it is
 * the same to the last bit but for pow(). Types that depend on the length (dynamic, longrope) are
 * recomputed by rope_update() when a sequence grows past what the table was made for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"

enum rope_type {
    ROPE_DEFAULT,
    ROPE_LINEAR,
    ROPE_DYNAMIC,
    ROPE_YARN,
    ROPE_LLAMA3,
    ROPE_LONGROPE,
};

struct rope {
    enum rope_type type;
    int64_t dim;           /* rotated dimensions of a head; even; 0: no rotary positions */
    int64_t max_positions; /* max_position_embeddings */
    int64_t original;      /* original_max_position_embeddings */
    double theta;
    double partial;   /* partial_rotary_factor */
    double factor;    /* NAN when absent */
    double attention; /* attention_factor as resolved: what cos and sin are multiplied with */
    double beta_fast, beta_slow, mscale, mscale_all_dim; /* yarn */
    bool truncate;
    double low_freq, high_freq;               /* llama3 */
    const double *short_factor, *long_factor; /* [dim/2], longrope */
};

/* What a session carries from step to step. */
struct rope_state {
    float *inv_freq; /* [dim/2], owned by the session */
    int64_t len;     /* positions the table was made for */
};

/* head_dim and max_positions are known; def is the family's theta. root as in config_parse().
 * 0, ERR_FORMAT, ERR_UNSUPPORTED (an unknown type). */
int rope_parse(struct rope *out, struct json root, struct json override, double def,
               int64_t head_dim, int64_t max_positions, struct arena *arena);
void rope_write(struct json_writer *w, const char *key, const struct rope *r);

/* Fills state->inv_freq for a fresh sequence. */
void rope_init(const struct rope *r, struct rope_state *state);
/* Before a step whose largest position is last: recomputes where the type asks for it. */
void rope_update(const struct rope *r, struct rope_state *state, int64_t last);
/* How many tokens behind the first len have the frequencies that those have. */
int64_t rope_steady(const struct rope *r, int64_t len);
