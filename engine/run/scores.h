/* SPDX-License-Identifier: Apache-2.0 */
/* scores: one number for each token of the vocabulary, and room to work on them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Working memory for one vocabulary, made once. */
struct scores_scratch {
    float *values;  /* [vocab] */
    float *more;    /* [vocab] */
    int32_t *order; /* [vocab] */
    uint8_t *marks; /* [vocab] all zero between uses */
    int64_t vocab;
};
/* 0 or ERR_NOMEM. */
int scores_init(struct scores_scratch *s, int64_t vocab);
void scores_done(struct scores_scratch *s); /* copes with a zeroed struct */

/* softmax in f32 of n scores, -inf giving 0. All -inf gives NaN, as in HF. */
void scores_softmax(const float *scores, float *probs, int64_t n);
/* The largest that is a number, or -inf. */
float scores_top(const float *scores, int64_t n);
/* The same of each SCORES_BLOCK scores, the last block being what is left. False when one is NaN.
 */
enum { SCORES_BLOCK = 256 };
bool scores_tops(const float *scores, int64_t n, float *tops);
/* The ids, rising, of scores that are not -inf: how many, or max + 1 when there are more. */
int64_t scores_list(const float *scores, int64_t n, int32_t *ids, int64_t max);
