/* SPDX-License-Identifier: Apache-2.0 */
/* processors: what is done to the scores of the next token before one is chosen.
 *
 * One table, in HF's order (compat §4.1): penalties and bans always, then, when sampling,
 * temperature and the truncations. Each rule is HF's to the value, f32 where HF computes in f32.
 * A removed token has the score -inf. */
#pragma once

#include <stdint.h>

#include "engine/run/generation.h"
#include "engine/run/scores.h"

/* The row being processed. */
struct row {
    const struct generation *settings; /* resolved */
    struct scores_scratch *scratch;
    const int32_t *ids; /* [len] prompt and generated so far */
    int64_t len;
    int64_t prompt; /* ids that were given, padding included */
    float *scores;  /* [scratch->vocab] changed in place */
};

/* 0, or ERR_ARG when a setting names a token outside the vocabulary. Call once per generation. */
int processors_check(const struct generation *g, int64_t vocab);
/* Applies every active processor in order. */
void processors_run(struct row *row);

/* The truncations, in truncate.c; each is a no-op when its setting is off. */
void truncate_top_k(struct row *row);
void truncate_top_p(struct row *row);
void truncate_min_p(struct row *row);
void truncate_typical(struct row *row);
void truncate_epsilon(struct row *row);
void truncate_eta(struct row *row);
