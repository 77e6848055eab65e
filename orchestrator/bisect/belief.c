/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/belief.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"

/* From "never in a thousand runs" to hardly better than a coin. A sum of two stays below 1, so a
 * failure never speaks against the fault. */
static const double rates[] = {0.0005, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.42};

enum { RATES = sizeof(rates) / sizeof(rates[0]), GRID = RATES * RATES };

/* That the question itself is wrong is unlikely, but must be possible to find out. */
static const double prior_before = 0.02, prior_nowhere = 0.02;
/* Without history a case is more likely steady than not: mean 0.04. */
static const double few_misses = 12;

size_t belief_before(const struct belief *b) {
    return b->ancestry->len;
}

size_t belief_nowhere(const struct belief *b) {
    return b->ancestry->len + 1;
}

bool belief_is_broken(const struct belief *b, size_t at, size_t hypothesis) {
    if (hypothesis >= b->ancestry->len)
        return hypothesis == belief_before(b);
    return at < b->ancestry->len && ancestry_reaches(b->ancestry, at, hypothesis);
}

/* The density of a Beta distribution at a point of the grid, times the stretch it stands for. */
static double log_weight(size_t i, const struct rate *rate) {
    double low = i ? (rates[i - 1] + rates[i]) / 2 : 0;
    double high = i + 1 < RATES ? (rates[i] + rates[i + 1]) / 2 : 0.5;
    return (rate->hits - 0.5) * log(rates[i]) +
           (rate->misses + few_misses - 1) * log(1 - rates[i]) + log(high - low);
}

static void update(struct belief *b);

void belief_init(struct belief *out, const struct ancestry *ancestry, const double *weights,
                 const struct rate *q, const struct rate *m) {
    struct belief b = {.ancestry = ancestry, .len = ancestry->len + 2};
    double sum = 0;
    b.log_prior = xcalloc(b.len, sizeof(*b.log_prior));
    b.log_rates = xcalloc(GRID, sizeof(*b.log_rates));
    b.log_outcome = xcalloc(b.len * GRID, sizeof(*b.log_outcome));
    b.posterior = xcalloc(b.len, sizeof(*b.posterior));
    b.broken = xcalloc(b.len - 1, sizeof(*b.broken));
    for (size_t c = 0; c < ancestry->len; c++)
        sum += weights[c];
    for (size_t c = 0; c < ancestry->len; c++)
        b.log_prior[c] = log(weights[c] / sum * (1 - prior_before - prior_nowhere));
    b.log_prior[belief_before(&b)] = log(prior_before);
    b.log_prior[belief_nowhere(&b)] = log(prior_nowhere);
    for (size_t i = 0; i < RATES; i++)
        for (size_t j = 0; j < RATES; j++)
            b.log_rates[i * RATES + j] = log_weight(i, q) + log_weight(j, m);
    *out = b;
    update(out);
}

void belief_done(struct belief *b) {
    free(b->log_prior);
    free(b->log_rates);
    free(b->log_outcome);
    free(b->posterior);
    free(b->broken);
    *b = (struct belief){0};
}

/* Normalises, and sums over the culprit and over the rates. */
static void update(struct belief *b) {
    double highest = -INFINITY, total = 0, q = 0, m = 0;
    for (size_t h = 0; h < b->len; h++)
        for (size_t g = 0; g < GRID; g++)
            highest =
                fmax(highest, b->log_prior[h] + b->log_rates[g] + b->log_outcome[h * GRID + g]);
    for (size_t h = 0; h < b->len; h++) {
        double sum = 0;
        for (size_t g = 0; g < GRID; g++) {
            double p =
                exp(b->log_prior[h] + b->log_rates[g] + b->log_outcome[h * GRID + g] - highest);
            sum += p;
            q += p * rates[g / RATES];
            m += p * rates[g % RATES];
        }
        b->posterior[h] = sum;
        total += sum;
    }
    for (size_t h = 0; h < b->len; h++)
        b->posterior[h] /= total;
    b->q = q / total;
    b->m = m / total;
    ancestry_sum(b->ancestry, b->posterior, b->broken);
    double before = b->posterior[belief_before(b)];
    for (size_t t = 0; t < b->ancestry->len; t++)
        b->broken[t] += before;
    b->broken[b->ancestry->len] = before;
}

void belief_see(struct belief *b, size_t at, enum outcome outcome) {
    double sound[GRID], broken[GRID];
    if (outcome != OUTCOME_PASS && outcome != OUTCOME_FAIL)
        return;
    for (size_t g = 0; g < GRID; g++) {
        double q = rates[g / RATES], m = rates[g % RATES];
        sound[g] = log(outcome == OUTCOME_FAIL ? q : 1 - q);
        broken[g] = log(outcome == OUTCOME_FAIL ? 1 - m : m);
    }
    for (size_t h = 0; h < b->len; h++) {
        const double *log_p = belief_is_broken(b, at, h) ? broken : sound;
        for (size_t g = 0; g < GRID; g++)
            b->log_outcome[h * GRID + g] += log_p[g];
    }
    update(b);
}

double belief_entropy(double p) {
    if (!(p > 0 && p < 1))
        return 0;
    return -p * log2(p) - (1 - p) * log2(1 - p);
}

/* Mutual information of the outcome and the state of the commit, at the mean rates. */
double belief_gain(const struct belief *b, size_t at) {
    double broken = fmin(b->broken[at], 1), fails = broken * (1 - b->m) + (1 - broken) * b->q;
    double gain =
        belief_entropy(fails) - broken * belief_entropy(b->m) - (1 - broken) * belief_entropy(b->q);
    return fmax(gain, 0);
}
