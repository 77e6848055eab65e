/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bisect/world.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

const char *world_name(enum world_kind kind) {
    static const char *const names[WORLD_KINDS] = {"linear", "merges", "skip ranges", "unbuildable",
                                                   "other failures"};
    return names[kind];
}

static uint64_t next_bits(struct world *w) {
    uint64_t x = w->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

double world_random(struct world *w) {
    return (double)(next_bits(w) >> 11) * 0x1p-53;
}

static size_t pick(struct world *w, size_t low, size_t high) {
    return low + (size_t)(world_random(w) * (double)(high - low + 1));
}

static int32_t add(struct world *w, int32_t first, int32_t second, bool merge) {
    size_t t = w->len++;
    w->parents[t][0] = first;
    w->parents[t][1] = second;
    w->commits[t] = (struct ancestry_commit){w->parents[t], merge ? 2 : 1};
    return (int32_t)t;
}

/* A branch from `base`, with now and then a branch of its own; its youngest commit. */
static int32_t add_branch(struct world *w, int32_t base, size_t count, int depth) {
    for (size_t i = 0; i < count; i++) {
        base = add(w, base, ANCESTRY_NONE, false);
        if (depth > 0 && world_random(w) < 0.1) {
            int32_t side = add_branch(w, base, pick(w, 1, 3), depth - 1);
            base = add(w, add(w, base, ANCESTRY_NONE, false), side, true);
        }
    }
    return base;
}

/* Branches start some commits back on the line, so that they and the line run side by side. */
static void add_merges(struct world *w, size_t len) {
    int32_t line[4096], head = ANCESTRY_NONE;
    size_t n = 0;
    while (w->len < len) {
        if (world_random(w) < 0.3) {
            size_t back = pick(w, 1, 4);
            int32_t base = back < n ? line[n - 1 - back] : ANCESTRY_NONE;
            int32_t side = add_branch(w, base, pick(w, 1, 8), 1);
            head = add(w, head, side, true);
        } else {
            head = add(w, head, ANCESTRY_NONE, false);
        }
        line[n++] = head;
    }
}

static void mark(struct world *w, bool *what, size_t least, size_t most) {
    size_t count = pick(w, least, most), from = pick(w, 0, w->len - 1);
    for (size_t t = from; t < from + count && t + 1 < w->len; t++)
        what[t] = true;
}

void world_init(struct world *w, enum world_kind kind, size_t len, double flake, uint64_t seed) {
    size_t room = len + 64;
    *w = (struct world){.flake = flake, .state = seed * 1000003 + 17};
    CHECK(len < 4000);
    w->commits = xcalloc(room, sizeof(*w->commits));
    w->parents = xcalloc(room, sizeof(*w->parents));
    w->skip = xcalloc(room, sizeof(*w->skip));
    w->other = xcalloc(room, sizeof(*w->other));
    w->built = xcalloc(room + 1, sizeof(*w->built));
    if (kind == WORLD_MERGES)
        add_merges(w, len);
    else
        add_branch(w, ANCESTRY_NONE, len, 0);
    CHECK(ancestry_init(&w->ancestry, w->commits, w->len) == 0);
    w->culprit = pick(w, 0, w->len - 1);
    for (size_t i = 0, n = pick(w, 1, 2); kind == WORLD_SKIPS && i < n; i++)
        mark(w, w->skip, 3, 12);
    for (size_t t = 0; kind == WORLD_UNBUILDABLE && t + 1 < w->len; t++)
        w->skip[t] = world_random(w) < 0.1;
    if (kind == WORLD_OTHER)
        mark(w, w->other, 3, 10);
}

void world_done(struct world *w) {
    ancestry_done(&w->ancestry);
    free(w->commits);
    free(w->parents);
    free(w->skip);
    free(w->other);
    free(w->built);
}

enum outcome world_run(struct world *w, size_t at) {
    w->builds += !w->built[at];
    w->built[at] = true;
    w->runs++;
    if (at < w->len && w->skip[at])
        return OUTCOME_SKIP;
    if (at < w->len && w->other[at])
        return OUTCOME_OTHER;
    bool broken = at < w->len && ancestry_reaches(&w->ancestry, at, w->culprit);
    bool turned = world_random(w) < w->flake;
    return broken != turned ? OUTCOME_FAIL : OUTCOME_PASS;
}

void world_forget(struct world *w) {
    w->runs = w->builds = 0;
    memset(w->built, 0, (w->len + 1) * sizeof(*w->built));
}
