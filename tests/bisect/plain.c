/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bisect/plain.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { PRN_MODULO = 32768, UNKNOWN = -1, MERGE = -2 };

struct plain {
    const struct ancestry *a;
    const uint32_t *rank;
    size_t bad;
    bool *good, *skipped, *candidate;
    size_t *list; /* [n] candidates, oldest first, as find_bisection() has them */
    size_t n;
    int *weight; /* [len] how many candidates a candidate reaches */
    bool any_skipped;
};

static void list_candidates(struct plain *p) {
    p->n = 0;
    for (size_t t = 0; t < p->a->len; t++) {
        p->candidate[t] = ancestry_reaches(p->a, p->bad, t);
        for (size_t g = 0; g < p->a->len && p->candidate[t]; g++)
            p->candidate[t] = !(p->good[g] && ancestry_reaches(p->a, g, t));
        if (p->candidate[t])
            p->list[p->n++] = t;
    }
}

static int distance_of(const struct plain *p, size_t t) {
    int count = 0;
    for (size_t i = 0; i < p->n; i++)
        count += ancestry_reaches(p->a, t, p->list[i]);
    return count;
}

static bool is_halfway(const struct plain *p, size_t t) {
    int diff = 2 * p->weight[t] - (int)p->n;
    return (diff >= -1 && diff <= 1) || abs(diff) < (int)p->n / 1024;
}

static size_t interesting_parents(const struct plain *p, size_t t, size_t *last) {
    size_t count = 0;
    for (size_t i = 0; i < p->a->commits[t].parent_count; i++) {
        int32_t parent = p->a->commits[t].parents[i];
        if (parent == ANCESTRY_NONE || !p->candidate[parent])
            continue;
        *last = (size_t)parent;
        count++;
    }
    return count;
}

static int closeness(const struct plain *p, size_t t) {
    int rest = (int)p->n - p->weight[t];
    return p->weight[t] < rest ? p->weight[t] : rest;
}

static size_t best_of(const struct plain *p) {
    size_t best = p->list[0];
    for (size_t i = 1; i < p->n; i++)
        if (closeness(p, p->list[i]) > closeness(p, best))
            best = p->list[i];
    return best;
}

/* Weights of all; or, unless all are wanted, the first that is found half-way. */
static bool weigh(struct plain *p, bool all, size_t *half) {
    size_t parent = 0, counted = 0;
    for (size_t i = 0; i < p->n; i++) {
        size_t parents = interesting_parents(p, p->list[i], &parent);
        p->weight[p->list[i]] = parents == 0 ? 1 : parents == 1 ? UNKNOWN : MERGE;
        counted += parents == 0;
    }
    for (size_t i = 0; i < p->n; i++) {
        *half = p->list[i];
        if (p->weight[*half] != MERGE)
            continue;
        p->weight[*half] = distance_of(p, *half);
        counted++;
        if (!all && is_halfway(p, *half))
            return true;
    }
    while (counted < p->n)
        for (size_t i = 0; i < p->n; i++) {
            *half = p->list[i];
            if (p->weight[*half] >= 0)
                continue;
            (void)interesting_parents(p, *half, &parent);
            if (p->weight[parent] < 0)
                continue;
            p->weight[*half] = p->weight[parent] + 1;
            counted++;
            if (!all && is_halfway(p, *half))
                return true;
        }
    return false;
}

static const struct plain *sorting; /* qsort() takes no argument */

static int by_closeness(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int first = closeness(sorting, x), second = closeness(sorting, y);
    if (first != second)
        return first > second ? -1 : 1;
    uint32_t rx = sorting->rank ? sorting->rank[x] : (uint32_t)x;
    uint32_t ry = sorting->rank ? sorting->rank[y] : (uint32_t)y;
    return rx < ry ? -1 : 1;
}

static int root_of(int val) {
    float d, x = (float)val;
    if (!val)
        return 0;
    do {
        float y = (x + (float)val / x) / 2;
        d = y > x ? y - x : x - y;
        x = y;
    } while (d >= 0.5F);
    return (int)x;
}

static size_t skip_away(const struct plain *p, const size_t *list, int count) {
    unsigned seed = (unsigned)count * 1103515245U + 12345U;
    int prn = (int)(seed / 65536 % PRN_MODULO);
    int index = (count * prn / PRN_MODULO) * root_of(prn) / root_of(PRN_MODULO);
    if (index >= count)
        return list[0];
    if (list[index] != p->bad)
        return list[index];
    return index > 0 ? list[index - 1] : list[0];
}

/* The next to test; *tried: skipped ones stand before it. */
static size_t choose(struct plain *p, bool *tried) {
    size_t half;
    *tried = false;
    if (!p->any_skipped)
        return weigh(p, false, &half) ? half : best_of(p);
    (void)weigh(p, true, &half);
    sorting = p;
    qsort(p->list, p->n, sizeof(*p->list), by_closeness);
    if (!p->skipped[p->list[0]])
        return p->list[0];
    size_t *left = xcalloc(p->n, sizeof(*left)), count = 0;
    for (size_t i = 0; i < p->n; i++)
        if (!p->skipped[p->list[i]])
            left[count++] = p->list[i];
    *tried = true;
    size_t next = skip_away(p, left, (int)count);
    free(left);
    return next;
}

static void conclude(const struct plain *p, struct plain_answer *out, bool tried) {
    out->commit = tried ? p->a->len : p->bad;
    out->range = xcalloc(p->a->len, sizeof(*out->range));
    for (size_t i = 0; tried && i < p->n; i++)
        out->range[p->list[i]] = p->skipped[p->list[i]];
    out->range[p->bad] = true;
}

void plain_bisect(struct plain_answer *out, const struct ancestry *a, const uint32_t *rank,
                  plain_test_fn *test, void *arg) {
    struct plain p = {.a = a, .rank = rank, .bad = a->len - 1};
    bool tried = false;
    p.good = xcalloc(a->len, sizeof(*p.good));
    p.skipped = xcalloc(a->len, sizeof(*p.skipped));
    p.candidate = xcalloc(a->len, sizeof(*p.candidate));
    p.list = xcalloc(a->len, sizeof(*p.list));
    p.weight = xcalloc(a->len, sizeof(*p.weight));
    for (;;) {
        list_candidates(&p);
        size_t at = choose(&p, &tried);
        if (at == p.bad)
            break;
        enum plain_word word = test(arg, at);
        p.good[at] = word == PLAIN_GOOD;
        p.skipped[at] = word == PLAIN_SKIP;
        p.any_skipped |= word == PLAIN_SKIP;
        if (word == PLAIN_BAD)
            p.bad = at;
    }
    conclude(&p, out, tried);
    free(p.good);
    free(p.skipped);
    free(p.candidate);
    free(p.list);
    free(p.weight);
}
