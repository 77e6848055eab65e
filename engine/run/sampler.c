/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/sampler.h"

#include <math.h>

#include "engine/run/philox.h"
#include "engine/run/scores.h"

enum { FEW = 1024 };

/* NaN wins, and is no runner once there is a number: one by one. */
static struct choice greedy_slowly(const float *scores, int64_t vocab) {
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
    return (struct choice){(int32_t)best, scores[best], (int32_t)next,
                           next < 0 ? INFINITY : scores[best] - scores[next]};
}

/* The lowest id with the largest score of a block, but for one id; -1: there is no other. */
static int64_t best_of_block(const float *scores, int64_t vocab, int64_t block, int64_t but) {
    int64_t best = -1, end = (block + 1) * SCORES_BLOCK;
    for (int64_t i = block * SCORES_BLOCK; i < end && i < vocab; i++)
        if (i != but && (best < 0 || scores[i] > scores[best]))
            best = i;
    return best;
}

/* Two blocks hold the two best: the first with the largest score, and of the others the first
 * with the largest. */
struct choice sampler_greedy(const float *scores, int64_t vocab) {
    float top = 0, second = 0;
    int64_t at = -1, second_at = -1;
    for (int64_t block = 0; block * SCORES_BLOCK < vocab; block++) {
        int64_t begin = block * SCORES_BLOCK, left = vocab - begin;
        float t;
        if (!scores_tops(scores + begin, left < SCORES_BLOCK ? left : SCORES_BLOCK, &t))
            return greedy_slowly(scores, vocab);
        if (at < 0 || t > top) {
            second = top;
            second_at = at;
            top = t;
            at = block;
        } else if (second_at < 0 || t > second) {
            second = t;
            second_at = block;
        }
    }
    int64_t best = best_of_block(scores, vocab, at, -1);
    int64_t next = best_of_block(scores, vocab, at, best);
    if (second_at >= 0) {
        int64_t other = best_of_block(scores, vocab, second_at, -1);
        bool first = next < 0 || scores[other] > scores[next];
        if (first || (scores[other] == scores[next] && other < next))
            next = other;
    }
    return (struct choice){(int32_t)best, scores[best], (int32_t)next,
                           next < 0 ? INFINITY : scores[best] - scores[next]};
}

/* The token with the largest p / q so far. */
struct race {
    const struct noise *noise;
    const float *probs;
    float best;
    int32_t id;
};

/* p = 0 never wins; its noise need not be drawn. Nor is the logarithm needed of one that is so
 * large, by -log(u) > 1 - u, that no rounding makes the token win. */
static void enter(struct race *r, int32_t id) {
    const struct noise *noise = r->noise;
    float p = r->probs[id], q;
    if (!(p > 0))
        return;
    if (noise->q) {
        q = noise->q[id];
    } else {
        double u = philox_uniform(noise->seed, noise->step, noise->row, (uint32_t)id);
        if ((1 - u) * (double)r->best > (double)p * (1 + 1e-5))
            return;
        q = (float)-log(u);
    }
    float ratio = p / q;
    if (ratio > r->best) {
        r->best = ratio;
        r->id = id;
    }
}

struct choice sampler_draw(const float *scores, float *probs, int64_t vocab,
                           const struct noise *noise) {
    struct choice c = sampler_greedy(scores, vocab);
    struct race r = {.noise = noise, .probs = probs, .best = -1, .id = c.id};
    int32_t ids[FEW];
    scores_softmax(scores, probs, vocab);
    int64_t len = scores_list(scores, vocab, ids, FEW);
    for (int64_t i = 0; i < len && len <= FEW; i++)
        enter(&r, ids[i]);
    for (int64_t i = 0; i < vocab && len > FEW; i++)
        enter(&r, (int32_t)i);
    c.id = r.id;
    c.score = scores[c.id];
    return c;
}
