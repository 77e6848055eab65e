/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/pace.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/test.h"

#define UNIT_MS 1.0

static struct pace_point history[64];

/* n runs that alternate around ratio by ± share. */
static size_t steady(size_t from, size_t n, double ratio, double share) {
    for (size_t i = from; i < from + n; i++)
        history[i] = (struct pace_point){ratio * (1 + (i % 2 ? share : -share)), false};
    return from + n;
}

static enum shift judge(size_t len, double now) {
    struct pace p;
    pace_judge(&p, history, len, now, UNIT_MS);
    return p.kind;
}

TEST(a_time_outside_of_what_it_always_took_is_seen) {
    struct pace p;
    size_t n = steady(0, 10, 20, 0.02);
    EXPECT_INT(judge(n, 20.4), SHIFT_NONE);
    EXPECT_INT(judge(n, 30), SHIFT_SLOWER);
    EXPECT_INT(judge(n, 40), SHIFT_SLOWER);
    EXPECT_INT(judge(n, 10), SHIFT_FASTER);
    pace_judge(&p, history, n, 30, UNIT_MS);
    EXPECT_INT(p.runs, 10);
    EXPECT(fabs(p.before - 20) < 0.5);
}

TEST(nothing_is_said_of_a_short_history_or_of_no_time) {
    EXPECT_INT(judge(steady(0, PACE_RUNS_MIN - 1, 20, 0), 200), SHIFT_NONE);
    EXPECT_INT(judge(steady(0, PACE_RUNS_MIN, 20, 0), 200), SHIFT_SLOWER);
    EXPECT_INT(judge(PACE_RUNS_MIN, 0), SHIFT_NONE);
    EXPECT_INT(judge(PACE_RUNS_MIN, (double)NAN), SHIFT_NONE);
}

TEST(a_share_that_is_small_is_no_change_however_calm_the_history) {
    size_t n = steady(0, 20, 20, 0);
    EXPECT_INT(judge(n, 20 * PACE_FACTOR * 0.99), SHIFT_NONE);
    EXPECT_INT(judge(n, 20 * PACE_FACTOR * 1.01), SHIFT_SLOWER);
    EXPECT_INT(judge(n, 20 / PACE_FACTOR * 1.01), SHIFT_NONE);
    EXPECT_INT(judge(n, 20 / PACE_FACTOR * 0.99), SHIFT_FASTER);
}

TEST(a_case_that_takes_next_to_no_time_may_take_twice_that) {
    struct pace p;
    size_t n = steady(0, 20, 1, 0.01);
    pace_judge(&p, history, n, 2, PACE_FLOOR_MS * 0.9);
    EXPECT_INT(p.kind, SHIFT_NONE);
    pace_judge(&p, history, n, 2, PACE_FLOOR_MS * 1.1);
    EXPECT_INT(p.kind, SHIFT_SLOWER);
}

TEST(a_case_that_always_jitters_needs_a_larger_change) {
    size_t n = steady(0, 20, 20, 0.2);
    EXPECT_INT(judge(n, 30), SHIFT_NONE);
    EXPECT_INT(judge(n, 400), SHIFT_SLOWER);
}

TEST(lost_runs_in_the_history_do_not_count) {
    size_t n = steady(0, 20, 20, 0.02);
    for (size_t i = 0; i < n; i += 5)
        history[i].ratio = 500;
    EXPECT_INT(judge(n, 20.4), SHIFT_NONE);
    EXPECT_INT(judge(n, 30), SHIFT_SLOWER);
}

TEST(a_change_is_told_once_and_its_way_back_too) {
    struct pace p;
    size_t n = steady(0, 12, 20, 0.02);
    n = steady(n, 1, 40, 0);
    history[12].shifted = true;
    pace_judge(&p, history, n, 40.5, UNIT_MS);
    EXPECT_INT(p.kind, SHIFT_NONE);
    EXPECT_INT(p.runs, 1);
    EXPECT_INT(judge(n, 20), SHIFT_FASTER);
    n = steady(n, 3, 40, 0.02);
    EXPECT_INT(judge(n, 41), SHIFT_NONE);
    EXPECT_INT(judge(n, 60), SHIFT_SLOWER);
}

TEST(a_long_history_is_its_newest_end) {
    size_t n = steady(0, 30, 100, 0.02);
    n = steady(n, 30, 20, 0.02);
    EXPECT_INT(judge(n, 20.4), SHIFT_NONE);
    EXPECT_INT(judge(n, 30), SHIFT_SLOWER);
}

/* Jitter. xorshift64*, so that every machine sees the same. */
static uint64_t state;

static double uniform(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return ((double)(state * UINT64_C(0x2545f4914f6cdd1d) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void) {
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

/* A share `outliers` of the times is up to 4 times as long, as on a machine with other work. */
struct noise {
    double sigma, outliers;
};

static double jitter(const struct noise *n) {
    double t = exp(n->sigma * normal());
    return uniform() < n->outliers ? t * (1 + 3 * uniform()) : t;
}

/* A run of a case whose time is `factor` times the usual: does the sweep speak, repeats and all? */
static enum shift run_once(const struct noise *noise, size_t len, double factor) {
    enum shift first = SHIFT_NONE;
    for (int attempt = 0; attempt <= PACE_REPEATS; attempt++) {
        enum shift kind = judge(len, 20 * factor * jitter(noise));
        if (kind == SHIFT_NONE || (attempt > 0 && kind != first))
            return SHIFT_NONE;
        first = kind;
    }
    return first;
}

/* How many of `tries` runs make the sweep say `kind` (SHIFT_NONE: anything), ten of them after each
 * history of len runs. */
static int count(const struct noise *noise, size_t len, double factor, int tries, enum shift kind) {
    int said = 0;
    for (int i = 0; i < tries; i++) {
        for (size_t k = 0; k < len && i % 10 == 0; k++)
            history[k] = (struct pace_point){20 * jitter(noise), false};
        enum shift got = run_once(noise, len, factor);
        said += kind == SHIFT_NONE ? got != SHIFT_NONE : got == kind;
    }
    return said;
}

/* What was measured on a machine with a load of six per core is between the second and the third:
 * 5 % of the times are 1.16 times the median or more, 1 % are 1.55 times. */
static const struct noise calm = {0.02, 0}, busy = {0.04, 0.05}, wild = {0.08, 0.2};

TEST(nothing_is_said_of_jitter_and_little_of_a_wild_one) {
    enum { TRIES = 50000 };
    static const size_t lens[] = {PACE_RUNS_MIN, 15, PACE_RUNS_MAX};
    for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
        state = 1 + i;
        EXPECT_INT(count(&calm, lens[i], 1, TRIES, SHIFT_NONE), 0);
        EXPECT_INT(count(&busy, lens[i], 1, TRIES, SHIFT_NONE), 0);
        int alarms = count(&wild, lens[i], 1, TRIES, SHIFT_NONE);
        printf("      %d of %d in a wild history of %d runs\n", alarms, TRIES, (int)lens[i]);
        EXPECT(alarms <= 10);
    }
}

TEST(a_planted_slowdown_is_found) {
    enum { TRIES = 20000 };
    static const struct {
        const struct noise *noise;
        double factor, least; /* share of them found */
    } rows[] = {
        {&calm, 1.5, 0.999},
        {&calm, 2,   0.999},
        {&busy, 1.5, 0.98 },
        {&busy, 2,   0.999},
        {&wild, 2,   0.7  },
        {&busy, 0.5, 0.75 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        state = 7 + i;
        int found = count(rows[i].noise, 15, rows[i].factor, TRIES,
                          rows[i].factor > 1 ? SHIFT_SLOWER : SHIFT_FASTER);
        printf("      %g times as long, sigma %g, outliers %g: %.2f %% found\n", rows[i].factor,
               rows[i].noise->sigma, rows[i].noise->outliers, 100.0 * found / TRIES);
        EXPECT(found >= rows[i].least * TRIES);
    }
}
