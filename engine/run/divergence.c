/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/divergence.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

/* The first of the largest; and ln Σ e^logit, by way of it. */
static int64_t likeliest(const float *logits, int64_t vocab) {
    int64_t best = 0;
    for (int64_t i = 1; i < vocab; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

static double log_sum(const float *logits, int64_t vocab) {
    double most = (double)logits[likeliest(logits, vocab)], sum = 0;
    for (int64_t i = 0; i < vocab; i++)
        sum += exp((double)logits[i] - most);
    return most + log(sum);
}

/* Rounding alone may take the sum a little below the 0 that it cannot be below. */
double divergence_of(const float *exact, const float *other, int64_t vocab) {
    double p_sum = log_sum(exact, vocab), q_sum = log_sum(other, vocab), sum = 0;
    if (!isfinite(p_sum) || !isfinite(q_sum))
        return (double)NAN;
    for (int64_t i = 0; i < vocab; i++) {
        double p = (double)exact[i] - p_sum, q = (double)other[i] - q_sum;
        if (exp(p) > 0)
            sum += exp(p) * (p - q);
    }
    return sum < 0 ? 0 : sum;
}

static int check_model(const struct session *s) {
    const struct config *c = &session_model(s)->config;
    if (c->head->causal && config_is_causal(c))
        return 0;
    return err_set(ERR_UNSUPPORTED, "the model has no logits of a next token");
}

/* The next `step` ids; *logits becomes [1,step,vocab]. */
static int feed(struct tensor *logits, struct session *s, const int32_t *ids, int64_t step) {
    const struct step all = {.rows = 1, .tokens = step, .ids = ids, .keep = KEEP_ALL};
    int rc = session_step(s, &all);
    CHECK(rc < 0 || session_output(s, "logits", logits));
    return rc;
}

static int compare(struct divergence *out, double *each, const struct tensor *exact,
                   const struct tensor *other) {
    int64_t vocab = tensor_row_len(exact);
    if (tensor_row_len(other) != vocab)
        return err_set(ERR_ARG, "the vocabularies differ");
    for (int64_t t = 0; t < exact->shape[1]; t++, out->tokens++) {
        const float *p = tensor_row(exact, t), *q = tensor_row(other, t);
        double found = divergence_of(p, q, vocab);
        if (isnan(found))
            return err_set(ERR_LIMIT, "after token %" PRId64 " the logits are no numbers",
                           out->tokens);
        out->agree += likeliest(p, vocab) == likeliest(q, vocab);
        each[out->tokens] = found;
        out->mean += found;
    }
    return 0;
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* p99 is the smallest that 99 of 100 do not exceed. */
static void sum_up(struct divergence *out, double *each) {
    int64_t n = out->tokens;
    qsort(each, (size_t)n, sizeof(*each), by_size);
    out->mean /= (double)n;
    out->median = (each[(n - 1) / 2] + each[n / 2]) / 2;
    out->p99 = each[(n * 99 + 99) / 100 - 1];
    out->max = each[n - 1];
}

int divergence_measure(struct divergence *out, struct session *exact, struct session *other,
                       const int32_t *ids, int64_t len) {
    struct divergence found = {0};
    struct tensor p, q;
    if (len < 1 || len > DIVERGENCE_TOKENS_MAX)
        return err_set(ERR_ARG, "%" PRId64 " tokens; between 1 and %d can be compared", len,
                       (int)DIVERGENCE_TOKENS_MAX);
    int rc = check_model(exact);
    if (rc == 0)
        rc = check_model(other);
    if (rc != 0)
        return rc;
    double *each = xcalloc((size_t)len, sizeof(*each));
    for (int64_t at = 0; at < len && rc == 0; at += DIVERGENCE_STEP) {
        int64_t step = len - at < DIVERGENCE_STEP ? len - at : DIVERGENCE_STEP;
        rc = feed(&p, exact, ids + at, step);
        if (rc == 0)
            rc = feed(&q, other, ids + at, step);
        if (rc == 0)
            rc = compare(&found, each, &p, &q);
    }
    if (rc == 0) {
        sum_up(&found, each);
        *out = found;
    }
    free(each);
    return rc;
}
