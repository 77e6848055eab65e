/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* -- passes over all of them, four lanes at a time -- */

enum { STEP = 16, FEW = 1024 };

#define LANES(type) __attribute__((vector_size(16))) type

static LANES(float) load(const float *p) {
    LANES(float) v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* x where it is larger, else y: y where x is NaN. */
static LANES(float) larger(LANES(float) x, LANES(float) y) {
    LANES(int32_t) is = x > y;
    return (LANES(float))(((LANES(int32_t))x & is) | ((LANES(int32_t))y & ~is));
}

static bool any(LANES(int32_t) v) {
    return (v[0] | v[1] | v[2] | v[3]) != 0;
}

/* The largest of one block, or -inf; *odd: something is NaN. */
static float block_top(const float *s, int64_t len, bool *odd) {
    const LANES(float) most = {INFINITY, INFINITY, INFINITY, INFINITY};
    LANES(float) top[4];
    LANES(int32_t) nan = {0};
    int64_t i = 0;
    for (int j = 0; j < 4; j++)
        top[j] = (LANES(float)){-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    for (; i + STEP <= len; i += STEP) {
        for (int j = 0; j < 4; j++) {
            LANES(float) x = load(s + i + 4 * (int64_t)j);
            top[j] = larger(x, top[j]);
            nan |= ~(x <= most);
        }
    }
    top[0] = larger(larger(top[0], top[1]), larger(top[2], top[3]));
    float result = -INFINITY;
    for (int j = 0; j < 4; j++)
        result = top[0][j] > result ? top[0][j] : result;
    for (; i < len; i++) {
        result = s[i] > result ? s[i] : result;
        *odd |= isnan(s[i]);
    }
    *odd |= any(nan);
    return result;
}

bool scores_tops(const float *scores, int64_t n, float *tops) {
    bool odd = false;
    for (int64_t i = 0; i < n; i += SCORES_BLOCK)
        *tops++ = block_top(scores + i, n - i < SCORES_BLOCK ? n - i : SCORES_BLOCK, &odd);
    return !odd;
}

float scores_top(const float *scores, int64_t n) {
    float top = -INFINITY;
    bool odd = false;
    for (int64_t i = 0; i < n; i += SCORES_BLOCK) {
        float t = block_top(scores + i, n - i < SCORES_BLOCK ? n - i : SCORES_BLOCK, &odd);
        top = t > top ? t : top;
    }
    return top;
}

static bool is_gone(const float *s) {
    const LANES(float) gone = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    return !any((load(s) != gone) | (load(s + 4) != gone) | (load(s + 8) != gone) |
                (load(s + 12) != gone));
}

int64_t scores_list(const float *scores, int64_t n, int32_t *ids, int64_t max) {
    int64_t len = 0;
    for (int64_t i = 0; i < n;) {
        if (n - i >= STEP && is_gone(scores + i)) {
            i += STEP;
            continue;
        }
        for (int64_t end = n - i < STEP ? n : i + STEP; i < end; i++) {
            if (scores[i] == -INFINITY)
                continue;
            if (len == max)
                return max + 1;
            ids[len++] = (int32_t)i;
        }
    }
    return len;
}

/* What is gone adds 0 to the sum and is 0 itself, unless the sum is no number. */
static bool softmax_of_few(const float *scores, float *probs, int64_t n, float top) {
    int32_t ids[FEW];
    int64_t len = scores_list(scores, n, ids, FEW);
    double sum = 0;
    if (len == 0 || len > FEW || !isfinite(top))
        return false;
    float few[FEW];
    for (int64_t i = 0; i < len; i++) {
        few[i] = expf(scores[ids[i]] - top);
        sum += (double)few[i];
    }
    float total = (float)sum;
    if (isnan(total))
        return false;
    memset(probs, 0, (size_t)n * sizeof(*probs));
    for (int64_t i = 0; i < len; i++)
        probs[ids[i]] = few[i] / total;
    return true;
}

void scores_softmax(const float *scores, float *probs, int64_t n) {
    float top = scores_top(scores, n);
    double sum = 0;
    if (softmax_of_few(scores, probs, n, top))
        return;
    for (int64_t i = 0; i < n; i++) {
        probs[i] = expf(scores[i] - top);
        sum += (double)probs[i];
    }
    float total = (float)sum;
    for (int64_t i = 0; i < n; i++)
        probs[i] /= total;
}
