/* SPDX-License-Identifier: Apache-2.0 */
/* The truncations of sampling: each removes the unlikely tokens by a rule of its own. One token
 * always stays. */
#include <math.h>
#include <string.h>

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

/* Copies to `to` what of the scores may be among the k largest; how many. The k-th largest of the
 * blocks' tops is a bound: as many scores reach it. NaN has no place in an order; it is left out.
 */
static int64_t contenders(const struct row *row, int64_t k, float *to) {
    int64_t n = row->scratch->vocab, blocks = (n + SCORES_BLOCK - 1) / SCORES_BLOCK, len = 0;
    float *tops = row->scratch->more, bound = -INFINITY;
    if (scores_tops(row->scores, n, tops) && k <= blocks) {
        memcpy(to, tops, (size_t)blocks * sizeof(*to));
        bound = kth_largest(to, blocks, k);
    }
    for (int64_t b = 0; b < blocks; b++) {
        int64_t end = (b + 1) * SCORES_BLOCK < n ? (b + 1) * SCORES_BLOCK : n;
        if (tops[b] < bound)
            continue;
        for (int64_t i = b * SCORES_BLOCK; i < end; i++)
            if (row->scores[i] >= bound)
                to[len++] = row->scores[i];
    }
    return len;
}

/* Ties with the k-th survive. */
void truncate_top_k(struct row *row) {
    int64_t n = row->scratch->vocab, k = row->settings->top_k;
    if (k <= 0 || k >= n)
        return;
    int64_t len = contenders(row, k, row->scratch->values);
    if (len < k)
        return;
    float limit = kth_largest(row->scratch->values, len, k);
    for (int64_t i = 0; i < n; i++) /* written always, which is quicker than not */
        row->scores[i] = row->scores[i] < limit ? -INFINITY : row->scores[i];
}

/* Tokens still in the running, by rising id. NaN is not. */
static int64_t list_alive(struct row *row) {
    int32_t *order = row->scratch->order;
    int64_t listed = scores_list(row->scores, row->scratch->vocab, order, row->scratch->vocab);
    int64_t len = 0;
    for (int64_t i = 0; i < listed; i++)
        if (!isnan(row->scores[order[i]]))
            order[len++] = order[i];
    return len;
}

/* By rising key; of equals the highest id comes first, so that a cut between them keeps the
 * lowest. */
static bool is_before(const float *keys, int32_t i, int32_t j) {
    return keys[i] < keys[j] || (keys[i] == keys[j] && i > j);
}

/* Lets the id sink to where both below it, of len in all, come before it. */
static void sink(int32_t *ids, int64_t at, int64_t len, const float *keys) {
    int32_t id = ids[at];
    for (int64_t kid; (kid = 2 * at + 1) < len; at = kid) {
        if (kid + 1 < len && is_before(keys, ids[kid], ids[kid + 1]))
            kid++;
        if (!is_before(keys, id, ids[kid]))
            break;
        ids[at] = ids[kid];
    }
    ids[at] = id;
}

/* By a heap: qsort() would ask for memory, once a token. */
static void sort(int32_t *ids, int64_t len, const float *keys) {
    for (int64_t i = len / 2; i-- > 0;)
        sink(ids, i, len, keys);
    for (int64_t end = len; end-- > 1;) {
        int32_t last = ids[end];
        ids[end] = ids[0];
        ids[0] = last;
        sink(ids, 0, end, keys);
    }
}

/* Indices of the tokens still in the running, sorted. */
static int64_t sort_alive(struct row *row, const float *keys) {
    int32_t *order = row->scratch->order;
    int64_t len = list_alive(row);
    sort(order, len, keys);
    return len;
}

/* -- top p -- */

enum { SORTED_AT_ONCE = 64, ROUNDS_MAX = 64 };

/* From the least likely up, how many go while the sum stays within a limit. The sum is one over
 * the sorted tokens, rounded to f32; sums in another order differ by no more than slack, so a
 * decision that is further from the limit is the same, and the tokens need not be sorted. */
struct mass {
    const float *keys, *probs; /* [vocab] */
    int32_t *ids;              /* [len] */
    int64_t len;
    double limit; /* sums above it are above when rounded, those below are not */
    double slack;
};

struct pivot {
    float key;
    int32_t id;
};

/* Moves what comes before the pivot to the front of [begin, end); where the rest begins. */
static int64_t split(const struct mass *m, int64_t begin, int64_t end, struct pivot p,
                     double *sum) {
    int64_t at = begin;
    *sum = 0;
    for (int64_t i = begin; i < end; i++) {
        int32_t id = m->ids[i];
        bool before = m->keys[id] < p.key || (m->keys[id] == p.key && id > p.id);
        m->ids[i] = m->ids[at]; /* if not before, two of the rest change places: no branch */
        m->ids[at] = id;
        at += before;
        *sum += before ? (double)m->probs[id] : 0;
    }
    return at;
}

static bool is_clear(const struct mass *m, double sum) {
    return fabs(sum - m->limit) > m->slack;
}

/* Narrows [*begin, *end) to where the limit lies; *sum is of what is before it. False when it
 * takes too long or comes too close. */
static bool narrow(const struct mass *m, int64_t *begin, int64_t *end, double *sum,
                   struct pivot p) {
    for (int round = 0; *end - *begin > SORTED_AT_ONCE; round++) {
        double part;
        int64_t at = split(m, *begin, *end, p, &part);
        if (round == ROUNDS_MAX || !is_clear(m, *sum + part))
            return false;
        if (*sum + part > m->limit) {
            *end = at;
        } else {
            *sum += part;
            *begin = at;
        }
        int32_t id = m->ids[*begin + (*end - *begin) / 2];
        p = (struct pivot){m->keys[id], id};
    }
    return true;
}

/* How many of ids, which are put in front, go; -1 when only sorting tells. */
static int64_t count_going(const struct mass *m, struct pivot first) {
    int64_t begin = 0, end = m->len;
    double sum = 0;
    if (!narrow(m, &begin, &end, &sum, first))
        return -1;
    sort(m->ids + begin, end - begin, m->keys);
    for (int64_t i = begin; i + 1 < m->len; i++) {
        sum += (double)m->probs[m->ids[i]];
        if (!is_clear(m, sum))
            return -1;
        if (sum > m->limit)
            return i;
    }
    return m->len - 1;
}

static int64_t count_going_sorted(const struct mass *m, float limit) {
    double sum = 0;
    int64_t i = 0;
    sort(m->ids, m->len, m->keys);
    for (; i + 1 < m->len; i++) {
        sum += (double)m->probs[m->ids[i]];
        if ((float)sum > limit)
            break;
    }
    return i;
}

void truncate_top_p(struct row *row) {
    float *probs = row->scratch->values, limit = (float)(1 - row->settings->top_p);
    int64_t n = row->scratch->vocab;
    if (row->settings->top_p >= 1)
        return;
    scores_softmax(row->scores, probs, n);
    const struct mass m = {
        .keys = row->scores,
        .probs = probs,
        .ids = row->scratch->order,
        .len = list_alive(row),
        .limit = ((double)limit + (double)nextafterf(limit, INFINITY)) / 2,
        .slack = (double)(n + 1) * 0x1p-51,
    };
    /* All tokens below this score together are less than half of what may go. */
    float low = scores_top(row->scores, n) + logf(limit / (2 * (float)n));
    int64_t going = count_going(&m, (struct pivot){low, INT32_MAX});
    if (going < 0)
        going = count_going_sorted(&m, limit);
    for (int64_t i = 0; i < going; i++)
        row->scores[m.ids[i]] = -INFINITY;
}

/* -- the others -- */

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
