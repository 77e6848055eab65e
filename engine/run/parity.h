/* SPDX-License-Identifier: Apache-2.0 */
/* parity: whether a model computes over many tokens what a reference computes.
 *
 * Three questions, each with its own answer: the logits of every step when both are fed the
 * reference's tokens; the tokens when the model is fed its own; and the model's logits with a cache
 * against those of one pass over the whole text. */
#pragma once

#include "engine/run/session.h"
#include "engine/trace/compare.h"

enum { PARITY_STEPS_MAX = 1 << 16 };

/* What the reference computed: the prompt, and then a token and logits a step. */
struct parity_reference {
    int32_t *ids; /* [prompt + steps - 1] what each step was fed, one behind the other */
    int64_t prompt, steps;
    float *logits; /* [steps,vocab] of the last token of each step */
    int64_t vocab;
};

struct parity_part {
    int64_t steps; /* compared */
    double worst;  /* nmse; of tokens: the smallest margin by which the reference chose, in rms */
    int64_t worst_step;
    double limit;
    bool fails;
    char text[COMPARE_TEXT_SIZE]; /* why */
};

struct parity {
    struct parity_part forced, free, full;
    int64_t near_ties; /* tokens that may differ, since the reference nearly chose the other */
    float *cached;     /* [steps,vocab] the model's logits, fed the reference's tokens */
    float *whole;      /* [steps,vocab] those of one pass over them */
};

/* Runs the reference itself: steps - 1 likeliest tokens behind the prompt. 0, or a step's failure;
 * parity_reference_done() in any case. */
int parity_reference_run(struct parity_reference *out, struct session *s, const int32_t *prompt,
                         int64_t len, int64_t steps);
void parity_reference_done(struct parity_reference *r); /* copes with a zeroed struct */

void parity_done(struct parity *p); /* copes with a zeroed struct */

/* s: empty, room for all tokens. tolerance: of forced logits; NULL = F. The cache is held to S, or
 * to D where the logits are. 0 whatever is found, or a failure; parity_done() in any case. */
int parity_run(struct parity *out, struct session *s, const struct parity_reference *r,
               const struct tolerance *tolerance);
