/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/endgame.h"

#include <stdlib.h>

#include "engine/base/err.h"

enum { NEEDED_MOST = 4, TESTS_MOST = 96, DEPTH_MOST = ENDGAME_MOST };

/* A position that can be tested: under which of the hypotheses it is broken. */
struct test {
    size_t at;
    unsigned broken; /* bits */
    int cost;        /* builds: 0 when there is one */
};

/* What is built when a hypothesis is the answer: the commit and its parents, as verify.c has them.
 */
struct end {
    size_t needed[NEEDED_MOST];
    size_t count;
    double mass;
};

struct endgame {
    const struct search *search;
    struct test tests[TESTS_MOST];
    size_t test_count;
    struct end ends[ENDGAME_MOST];
    size_t len;
    size_t built[DEPTH_MOST]; /* on the way that is looked at */
    size_t depth;
};

/* Builds from here on. */
struct price {
    int most;
    double mean; /* weighed by the mass of the hypotheses */
};

static bool is_less(struct price a, struct price b) {
    return a.most != b.most ? a.most < b.most : a.mean < b.mean;
}

static void find_end(struct endgame *e, size_t i, size_t hypothesis) {
    const struct ancestry *a = &e->search->ancestry;
    struct end *end = &e->ends[i];
    *end = (struct end){.mass = e->search->belief.posterior[hypothesis]};
    if (hypothesis >= a->len)
        return;
    end->needed[end->count++] = hypothesis;
    const struct ancestry_commit *c = &a->commits[hypothesis];
    for (size_t p = 0; p < c->parent_count && end->count < NEEDED_MOST; p++)
        end->needed[end->count++] = c->parents[p] == ANCESTRY_NONE ? a->len : (size_t)c->parents[p];
}

static bool is_needed(const struct endgame *e, size_t at) {
    for (size_t i = 0; i < e->len; i++)
        for (size_t k = 0; k < e->ends[i].count; k++)
            if (e->ends[i].needed[k] == at)
                return true;
    return false;
}

static bool has_alike(const struct endgame *e, unsigned broken) {
    for (size_t i = 0; i < e->test_count; i++)
        if (e->tests[i].broken == broken)
            return true;
    return false;
}

/* All that will be needed in the end, and of the others one of each kind. */
static void find_tests(struct endgame *e, const size_t *left) {
    const struct search *s = e->search;
    for (int needed = 1; needed >= 0; needed--)
        for (size_t at = s->ancestry.len + 1; at-- > 0 && e->test_count < TESTS_MOST;) {
            unsigned broken = 0;
            for (size_t i = 0; i < e->len; i++)
                broken |= (unsigned)belief_is_broken(&s->belief, at, left[i]) << i;
            if (broken == 0 || broken == (1u << e->len) - 1 || is_needed(e, at) != (needed != 0) ||
                (!needed && has_alike(e, broken)) || search_is_blocked(s, at))
                continue;
            e->tests[e->test_count++] = (struct test){at, broken, !search_is_built(s, at)};
        }
}

static int missing(const struct endgame *e, const struct end *end) {
    int count = 0;
    for (size_t k = 0; k < end->count; k++) {
        bool there = search_is_built(e->search, end->needed[k]);
        for (size_t d = 0; d < e->depth && !there; d++)
            there = e->built[d] == end->needed[k];
        count += !there;
    }
    return count;
}

static int bits(unsigned mask) {
    return __builtin_popcount(mask);
}

/* Tests that so many hypotheses need at least. */
static int least_of(unsigned mask) {
    int tests = 0;
    while (1 << tests < bits(mask))
        tests++;
    return tests;
}

static struct price price_of(struct endgame *e, unsigned mask, int bound, size_t *at);

/* Behind the test; INT32_MAX when it costs more than bound at most. */
static struct price price_behind(struct endgame *e, const struct test *t, unsigned mask,
                                 int bound) {
    struct price none = {INT32_MAX, 0}, sum = {0, 0};
    const unsigned sides[] = {mask & t->broken, mask & ~t->broken};
    if (least_of(sides[0]) + t->cost > bound || least_of(sides[1]) + t->cost > bound)
        return none;
    e->built[e->depth++] = t->at;
    for (int k = 0; k < 2 && sum.most < INT32_MAX; k++) {
        struct price side = price_of(e, sides[k], bound - t->cost, NULL);
        sum.most = side.most > sum.most ? side.most : sum.most;
        sum.mean += side.mean;
    }
    e->depth--;
    for (size_t i = 0; i < e->len; i++)
        sum.mean += mask >> i & 1 ? t->cost * e->ends[i].mass : 0;
    return sum.most == INT32_MAX ? none : (struct price){sum.most + t->cost, sum.mean};
}

static struct price price_of(struct endgame *e, unsigned mask, int bound, size_t *at) {
    struct price best = {INT32_MAX, 0};
    if (bits(mask) <= 1 || e->depth == DEPTH_MOST) {
        for (size_t i = 0; i < e->len; i++)
            if (mask >> i & 1) {
                int count = missing(e, &e->ends[i]);
                best = (struct price){count, count * e->ends[i].mass};
            }
        return bits(mask) == 1 && best.most <= bound ? best : (struct price){INT32_MAX, 0};
    }
    for (size_t i = 0; i < e->test_count; i++) {
        const struct test *t = &e->tests[i];
        if (!(mask & t->broken) || !(mask & ~t->broken))
            continue;
        struct price p = price_behind(e, t, mask, best.most < bound ? best.most : bound);
        if (p.most == INT32_MAX || !is_less(p, best))
            continue;
        best = p;
        if (at)
            *at = t->at;
    }
    return best;
}

bool endgame_next(const struct search *s, const size_t *left, size_t count, size_t *at) {
    enum { BOUND = 2 * ENDGAME_MOST + NEEDED_MOST };
    CHECK(count >= 2 && count <= ENDGAME_MOST);
    struct endgame *e = xcalloc(1, sizeof(*e));
    *e = (struct endgame){.search = s, .len = count};
    for (size_t i = 0; i < count; i++)
        find_end(e, i, left[i]);
    find_tests(e, left);
    struct price best = price_of(e, (1u << count) - 1, BOUND, at);
    free(e);
    return best.most < INT32_MAX;
}
