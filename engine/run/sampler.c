/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/sampler.h"

#include <math.h>

#include "engine/run/philox.h"
#include "engine/run/scores.h"

struct choice sampler_greedy(const float *scores, int64_t vocab) {
    int64_t best = 0, next = -1;
    for (int64_t i = 1; i < vocab; i++) {
        bool better = scores[i] > scores[best] || (isnan(scores[i]) && !isnan(scores[best]));
        if (better) {
            next = best;
            best = i;
        } else if (next < 0 || scores[i] > scores[next]) {
            next = i;
        }
    }
    return (struct choice){
        .id = (int32_t)best,
        .score = scores[best],
        .runner = (int32_t)next,
        .margin = next < 0 ? INFINITY : scores[best] - scores[next],
    };
}

struct choice sampler_draw(const float *scores, float *probs, int64_t vocab,
                           const struct noise *noise) {
    struct choice c = sampler_greedy(scores, vocab);
    float best = -1;
    scores_softmax(scores, probs, vocab);
    for (int64_t i = 0; i < vocab; i++) {
        if (!(probs[i] > 0))
            continue; /* p = 0 never wins; its noise need not be drawn */
        float q =
            noise->q ? noise->q[i]
                     : (float)philox_exponential(noise->seed, noise->step, noise->row, (uint32_t)i);
        float ratio = probs[i] / q;
        if (ratio > best) {
            best = ratio;
            c.id = (int32_t)i;
        }
    }
    c.score = scores[c.id];
    return c;
}
