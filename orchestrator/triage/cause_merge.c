/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/cause_merge.h"

#include <stdio.h>
#include <string.h>

#include "orchestrator/store/clusters.h"

#define NONE UINT32_MAX

uint32_t cause_root(const struct cause_group *groups, uint32_t at) {
    while (groups[at].into != at)
        at = groups[at].into;
    return at;
}

/* The one with more cases stays; of equals the one whose key sorts first. */
void cause_join(struct cause_group *groups, uint32_t a, uint32_t b) {
    a = cause_root(groups, a), b = cause_root(groups, b);
    if (a == b)
        return;
    struct cause_group *x = &groups[a], *y = &groups[b];
    if (y->cases > x->cases || (y->cases == x->cases && strcmp(y->key, x->key) < 0)) {
        y->cases += x->cases;
        x->into = b;
    } else {
        x->cases += y->cases;
        y->into = a;
    }
}

/* Where a pass is wrong and nothing says by what, "graph|network", and one other cause says it of
 * the same graph, it is that. */
static void merge_vague(struct cause_group *groups, uint32_t count) {
    uint32_t vague = NONE, other = NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct cause_group *g = &groups[i];
        if (!g->explained || g->into != i)
            continue;
        if (strcmp(g->key, "graph|network") == 0)
            vague = i;
        else if (other != NONE || strcmp(g->first->kind, "graph") != 0)
            return;
        else
            other = i;
    }
    if (vague == NONE || other == NONE)
        return;
    groups[other].cases += groups[vague].cases;
    groups[vague].into = other;
}

/* "cpu.rms_norm" and "cpu-native.rms_norm": one op on two devices. */
static bool is_same_op(const struct cause_group *a, const struct cause_group *b) {
    const char *x = strrchr(a->key, '.'), *y = strrchr(b->key, '.');
    return x && y && strcmp(x, y) == 0;
}

/* A case with no reference but another device blames either. What nothing proves is the same fault
 * as what is proven of that op elsewhere. */
static void merge_doubted(struct cause_group *groups, uint32_t count) {
    for (uint32_t i = 0; i < count * count; i++) {
        uint32_t a = i / count, b = i % count;
        struct cause_group *x = &groups[a], *y = &groups[b];
        if (x->into == a && x->kernel && !x->proven && y->kernel && y->proven && is_same_op(x, y)) {
            y->cases += x->cases;
            x->into = b;
        }
    }
}

static bool is_same_backend(const struct cause_group *a, const struct cause_group *b) {
    const char *x = strrchr(a->key, '.'), *y = strrchr(b->key, '.');
    return x && y && x - a->key == y - b->key && strncmp(a->key, b->key, (size_t)(x - a->key)) == 0;
}

/* Whether what all kernels of a backend have in common, "cpu.common", is all that is wrong about y,
 * or what it reads a dtype with, "cpu.read_f16", may be. */
static bool is_part_of(const struct cause_group *x, const struct cause_group *y) {
    static const char verb[] = "read_";
    const char *name = strrchr(x->key, '.');
    char words[64];
    if (!is_same_backend(x, y))
        return false;
    if (strcmp(name + 1, "common") == 0)
        return true;
    if (strncmp(name + 1, verb, strlen(verb)) != 0 || y->wide || !y->narrow)
        return false;
    (void)snprintf(words, sizeof(words), " with weights of %s alone: ", name + 1 + strlen(verb));
    return strstr(y->narrow, words) != NULL;
}

/* Where one op alone has weights of the dtype, nothing else tells its reader from the op; nor,
 * where a case runs one op or two, what all have in common. */
static void merge_parts(struct cause_group *groups, uint32_t count) {
    for (uint32_t i = 0; i < count * count; i++) {
        uint32_t a = i / count, b = i % count;
        struct cause_group *x = &groups[a], *y = &groups[b];
        if (a != b && x->into == a && y->into == b && x->kernel && y->kernel && is_part_of(x, y)) {
            x->cases += y->cases;
            y->into = a;
        }
    }
}

void cause_merge(struct cause_group *groups, uint32_t count) {
    merge_parts(groups, count);
    merge_vague(groups, count);
    merge_doubted(groups, count);
}
