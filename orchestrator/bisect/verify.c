/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/verify.h"

#include <math.h>

#include "engine/base/err.h"

/* Odds of 100 to 1 for each of suspect and parents. What is not measured well is not believed to
 * be below one in a hundred, so that no single run decides. */
static const double odds = 100, rate_least = 0.01, rate_most = 0.42;

enum { RUNS_MOST = 60, STUCK = 2 };

const char *verify_status_name(enum verify_status s) {
    static const char *const names[] = {"unverified", "confirmed", "vindicated", "verify_error"};
    return names[s];
}

void verify_init(struct verify *v, double q, double m, int least, size_t parents) {
    CHECK(parents <= VERIFY_PARENTS_MAX);
    *v = (struct verify){.least = least, .most = RUNS_MOST, .roles = 1 + parents};
    v->q = fmin(fmax(q, rate_least), rate_most);
    v->m = fmin(fmax(m, rate_least), rate_most);
    if (v->most < least)
        v->most = least;
}

void verify_see(struct verify *v, size_t role, enum outcome outcome) {
    v->count[role][outcome]++;
}

/* log odds that the commit is broken. */
static double broken_odds(const struct verify *v, size_t role) {
    const int *n = v->count[role];
    return n[OUTCOME_FAIL] * log((1 - v->m) / v->q) + n[OUTCOME_PASS] * log(v->m / (1 - v->q));
}

static int judged(const struct verify *v, size_t role) {
    return v->count[role][OUTCOME_FAIL] + v->count[role][OUTCOME_PASS];
}

static bool is_stuck(const struct verify *v, size_t role) {
    const int *n = v->count[role];
    return judged(v, role) == 0 && (n[OUTCOME_SKIP] > 0 || n[OUTCOME_OTHER] >= STUCK);
}

/* 1: as expected of a culprit and its parent. −1: the opposite. 0: open. */
static int standing(const struct verify *v, size_t role) {
    double for_it = broken_odds(v, role) * (role == VERIFY_SUSPECT ? 1 : -1);
    if (judged(v, role) < v->least || fabs(for_it) < log(odds))
        return 0;
    return for_it > 0 ? 1 : -1;
}

static int runs(const struct verify *v, size_t role) {
    int sum = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        sum += v->count[role][i];
    return sum;
}

enum verify_status verify_status(const struct verify *v) {
    bool open = false;
    for (size_t r = 0; r < v->roles; r++)
        if (standing(v, r) < 0)
            return VERIFY_VINDICATED;
    for (size_t r = 0; r < v->roles; r++) {
        if (standing(v, r) == 0 && (is_stuck(v, r) || runs(v, r) >= v->most))
            return VERIFY_ERROR;
        open |= standing(v, r) == 0;
    }
    return open ? VERIFY_UNVERIFIED : VERIFY_CONFIRMED;
}

int verify_next(const struct verify *v) {
    int next = -1;
    if (verify_status(v) != VERIFY_UNVERIFIED)
        return -1;
    for (size_t r = 0; r < v->roles; r++)
        if (standing(v, r) == 0 && (next < 0 || runs(v, r) < runs(v, (size_t)next)))
            next = (int)r;
    return next;
}
