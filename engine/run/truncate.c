/* SPDX-License-Identifier: Apache-2.0 */
/* The truncations of sampling: each removes the unlikely tokens by a rule of its own. One token
 * always stays. */
#include <math.h>
#include <stdlib.h>

#include "engine/run/processors.h"

/* The k-th largest of values[0…n-1], 1 ≤ k ≤ n; values are reordered (Hoare's selection). */
static float kth_largest(float *values, int64_t n, int64_t k) {
    int64_t low = 0, high = n - 1, want = k - 1;
    while (low < high) {
        float pivot = values[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (values[i] > pivot)
                i++;
            while (values[j] < pivot)
                j--;
            if (i <= j) {
                float swapped = values[i];
                values[i++] = values[j];
                values[j--] = swapped;
            }
        }
        if (want <= j)
            high = j;
        else if (want >= i)
            low = i;
        else
            break;
    }
    return values[want];
}

/* Ties with the k-th survive. */
void truncate_top_k(struct row *row) {
    int64_t n = row->scratch->vocab, k = row->settings->top_k;
    float *copy = row->scratch->values;
    int64_t len = 0;
    if (k <= 0 || k >= n)
        return;
    /* NaN has no place in an order; it is left where it is. */
    for (int64_t i = 0; i < n; i++)
        if (!isnan(row->scores[i]))
            copy[len++] = row->scores[i];
    if (len < k)
        return;
    float limit = kth_largest(copy, len, k);
    for (int64_t i = 0; i < n; i++)
        if (row->scores[i] < limit)
            row->scores[i] = -INFINITY;
}

static _Thread_local const float *sort_keys;

static int by_key(const void *a, const void *b) {
    int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    float x = sort_keys[i], y = sort_keys[j];
    return x < y ? -1 : x > y ? 1 : i > j ? -1 : i < j;
}

/* Indices of the tokens still in the running, by rising key; of equals the highest id comes first,
 * so that a cut between them keeps the lowest. */
static int64_t sort_alive(struct row *row, const float *keys) {
    int32_t *order = row->scratch->order;
    int64_t len = 0;
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        if (row->scores[i] > -INFINITY)
            order[len++] = (int32_t)i;
    sort_keys = keys;
    qsort(order, (size_t)len, sizeof(*order), by_key);
    return len;
}

/* From the least likely up, remove while the sum stays within 1 - top_p. */
void truncate_top_p(struct row *row) {
    float *probs = row->scratch->values;
    if (row->settings->top_p >= 1)
        return;
    scores_softmax(row->scores, probs, row->scratch->vocab);
    int64_t len = sort_alive(row, row->scores);
    float limit = (float)(1 - row->settings->top_p);
    double sum = 0;
    for (int64_t i = 0; i + 1 < len; i++) {
        int32_t id = row->scratch->order[i];
        sum += (double)probs[id];
        if ((float)sum > limit)
            break;
        row->scores[id] = -INFINITY;
    }
}

/* Removes what is less likely than limit; the most likely token stays in any case. */
static void remove_below(struct row *row, const float *probs, float limit) {
    int64_t best = 0;
    for (int64_t i = 1; i < row->scratch->vocab; i++)
        if (row->scores[i] > row->scores[best])
            best = i;
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        if (probs[i] < limit && row->scores[i] < row->scores[best])
            row->scores[i] = -INFINITY;
}

void truncate_min_p(struct row *row) {
    float *probs = row->scratch->values;
    float top = 0;
    if (row->settings->min_p < 0)
        return;
    scores_softmax(row->scores, probs, row->scratch->vocab);
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        top = probs[i] > top ? probs[i] : top;
    remove_below(row, probs, (float)row->settings->min_p * top);
}

static double entropy(const float *probs, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        if (probs[i] > 0)
            sum -= (double)probs[i] * log((double)probs[i]);
    return sum;
}

/* Keeps the tokens whose surprise is nearest to the expected one, until they make up the mass. */
void truncate_typical(struct row *row) {
    float *probs = row->scratch->values, *distance = row->scratch->more;
    int64_t n = row->scratch->vocab, last = 0;
    if (row->settings->typical_p >= 1)
        return;
    scores_softmax(row->scores, probs, n);
    double expected = entropy(probs, n), sum = 0;
    for (int64_t i = 0; i < n; i++)
        distance[i] = fabsf((float)(-log((double)probs[i]) - expected));
    int64_t len = sort_alive(row, distance);
    for (int64_t i = 0; i < len; i++) {
        sum += (double)probs[row->scratch->order[i]];
        if ((float)sum < (float)row->settings->typical_p)
            last = i + 1;
    }
    if (len == 0)
        return;
    float limit = distance[row->scratch->order[last < len ? last : len - 1]];
    for (int64_t i = 0; i < n; i++)
        if (distance[i] > limit)
            row->scores[i] = -INFINITY;
}

void truncate_epsilon(struct row *row) {
    float *probs = row->scratch->values;
    double epsilon = row->settings->epsilon_cutoff;
    if (!(epsilon > 0 && epsilon < 1))
        return;
    scores_softmax(row->scores, probs, row->scratch->vocab);
    remove_below(row, probs, (float)epsilon);
}

void truncate_eta(struct row *row) {
    float *probs = row->scratch->values;
    double epsilon = row->settings->eta_cutoff;
    if (!(epsilon > 0 && epsilon < 1))
        return;
    scores_softmax(row->scores, probs, row->scratch->vocab);
    double bound = sqrt(epsilon) * exp(-entropy(probs, row->scratch->vocab));
    remove_below(row, probs, (float)fmin(epsilon, bound));
}
