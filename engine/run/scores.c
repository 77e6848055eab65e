/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"

int scores_init(struct scores_scratch *s, int64_t vocab) {
    size_t n = (size_t)vocab;
    *s = (struct scores_scratch){
        .values = malloc(n * sizeof(float)),
        .more = malloc(n * sizeof(float)),
        .order = malloc(n * sizeof(int32_t)),
        .marks = calloc(n, 1),
        .vocab = vocab,
    };
    if (s->values && s->more && s->order && s->marks)
        return 0;
    scores_done(s);
    return err_set(ERR_NOMEM, "no memory to sort %" PRId64 " scores", vocab);
}

void scores_done(struct scores_scratch *s) {
    free(s->values);
    free(s->more);
    free(s->order);
    free(s->marks);
    *s = (struct scores_scratch){0};
}

float scores_top(const float *scores, int64_t n) {
    float top = -INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (scores[i] > top)
            top = scores[i];
    return top;
}

void scores_softmax(const float *scores, float *probs, int64_t n) {
    float top = scores_top(scores, n);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        probs[i] = expf(scores[i] - top);
        sum += (double)probs[i];
    }
    float total = (float)sum;
    for (int64_t i = 0; i < n; i++)
        probs[i] /= total;
}
