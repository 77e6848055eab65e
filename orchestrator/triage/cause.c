/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/cause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/map.h"
#include "engine/base/utf8.h"
#include "orchestrator/triage/cause_key.h"
#include "orchestrator/triage/cause_merge.h"

/* A key holds a whole message, and what stands around it. */
enum { KEY_MAX = 128 << 10, WORDS_MAX = 160 };
#define NONE UINT32_MAX

struct finder {
    struct arena *arena;
    const struct cluster_failure *list;
    size_t len;
    struct cause_group *groups;
    uint32_t group_count;
    struct map by_key;
    uint32_t *of;     /* [len] the group of each failure, NONE = not yet */
    const char **how; /* [len] */
};

static bool is_explained(const struct cluster_failure *f) {
    return *f->kind && strcmp(f->kind, "unknown") != 0;
}

/* Wrong numbers or words: what a diagnosis is about. */
static bool is_wrong(const struct cluster_failure *f) {
    return strcmp(f->verdict, "numerics") == 0 || strcmp(f->verdict, "fail") == 0;
}

static uint32_t group_of(struct finder *w, const struct cluster_failure *f, bool explained) {
    struct buf text;
    uint32_t at = w->group_count;
    buf_init(&text, KEY_MAX);
    if (explained)
        cause_key_explained(&text, w->arena, f);
    else
        cause_key_signature(&text, f);
    const char *key = arena_strdup(w->arena, text.data); /* the map borrows it */
    buf_done(&text);
    if (map_add(&w->by_key, key, strlen(key), at)) {
        bool kernel = explained && strcmp(f->kind, "kernel") == 0;
        w->groups[w->group_count++] = (struct cause_group){.key = key,
                                                           .first = f,
                                                           .explained = explained,
                                                           .shared = explained && !kernel,
                                                           .kernel = kernel,
                                                           .into = at};
    } else {
        (void)map_find_str(&w->by_key, key, &at);
    }
    return at;
}

/* ---- the steps of the rule ---- */

static bool is_ground(const struct cluster_failure *f, size_t len,
                      const struct cluster_failure *below) {
    return is_explained(below) && strlen(below->case_name) == len &&
           memcmp(f->said, below->case_name, len) == 0;
}

/* What an op is by its definition says nothing of weights of another dtype. */
static void weigh(struct cause_group *g, const struct cluster_failure *f) {
    const char *said = f->said;
    if (strstr(said, " alone: "))
        g->narrow = g->narrow ? g->narrow : said;
    else if (!strstr(said, ": by its definition "))
        g->wide = true;
    g->proven |= strstr(said, "with which the case passes") != NULL;
    g->cases++;
    if (cause_key_leads(f, g->first))
        g->first = f;
}

/* The case of its cell that failure i stands on and that is explained as well, or i. */
static size_t ground_of(const struct finder *w, size_t i) {
    const struct cluster_failure *f = &w->list[i];
    size_t len = cause_key_ground(f);
    for (size_t k = i; len && k > 0 && w->list[k - 1].cell == f->cell; k--)
        if (is_ground(f, len, &w->list[k - 1]))
            return k - 1;
    for (size_t k = i + 1; len && k < w->len && w->list[k].cell == f->cell; k++)
        if (is_ground(f, len, &w->list[k]))
            return k;
    return i;
}

/* A case that stands on another is wrong with it; in circles, each goes by its own words. */
static size_t lowest_ground(const struct finder *w, size_t i) {
    enum { DEEP = 16 };
    size_t at = i;
    for (int depth = 0; depth < DEEP; depth++) {
        size_t below = ground_of(w, at);
        if (below == at)
            return at;
        at = below;
    }
    return i;
}

static void take_explained(struct finder *w) {
    for (size_t i = 0; i < w->len; i++) {
        w->of[i] = NONE;
        if (!is_explained(&w->list[i]))
            continue;
        size_t ground = lowest_ground(w, i);
        w->of[i] = group_of(w, &w->list[ground], true);
        weigh(&w->groups[w->of[i]], &w->list[ground]);
        w->how[i] = "diagnosis";
    }
}

/* Two explanations of one case by code that all variants share are two views of one fault. */
static void merge_shared(struct finder *w) {
    struct map seen;
    map_init(&seen, w->len);
    for (size_t i = 0; i < w->len; i++) {
        const char *name = w->list[i].case_name;
        uint32_t other;
        if (w->of[i] == NONE || !w->groups[w->of[i]].shared)
            continue;
        if (!map_add(&seen, name, strlen(name), w->of[i]) && map_find_str(&seen, name, &other))
            cause_join(w->groups, other, w->of[i]);
    }
    map_done(&seen);
}

/* The explained failures of one cell. */
struct explained {
    const size_t *at; /* [len] among the failures */
    size_t len;
};

/* How many of the cell have this cause; those of f's type weigh more than all others together. */
static size_t weight_in_cell(const struct finder *w, const struct explained *cell, size_t f,
                             uint32_t group) {
    size_t weight = 0;
    for (size_t i = 0; i < cell->len; i++)
        if (cause_root(w->groups, w->of[cell->at[i]]) == group)
            weight += strcmp(w->list[cell->at[i]].type, w->list[f].type) == 0 ? cell->len + 1 : 1;
    return weight;
}

/* The cause of one explained there that has the same signature. */
static uint32_t cause_alike(const struct finder *w, const struct explained *cell, size_t f) {
    struct buf own, other;
    uint32_t found = NONE;
    buf_init(&own, KEY_MAX);
    buf_init(&other, KEY_MAX);
    cause_key_signature(&own, &w->list[f]);
    for (size_t i = 0; i < cell->len && found == NONE; i++) {
        buf_reset(&other);
        cause_key_signature(&other, &w->list[cell->at[i]]);
        if (strcmp(own.data, other.data) == 0)
            found = cause_root(w->groups, w->of[cell->at[i]]);
    }
    buf_done(&own);
    buf_done(&other);
    return found;
}

static uint32_t cause_in_cell(const struct finder *w, const struct explained *cell, size_t f) {
    uint32_t best = NONE;
    size_t most = 0;
    for (size_t i = 0; i < cell->len; i++) {
        uint32_t group = cause_root(w->groups, w->of[cell->at[i]]);
        size_t weight = group == best ? 0 : weight_in_cell(w, cell, f, group);
        if (weight > most ||
            (weight && weight == most && strcmp(w->groups[group].key, w->groups[best].key) < 0)) {
            best = group;
            most = weight;
        }
    }
    return best;
}

/* Case → its cause, or NONE when two causes explain it in two cells. */
static void map_cases(const struct finder *w, struct map *cases) {
    map_init(cases, w->len);
    for (size_t i = 0; i < w->len; i++) {
        const char *name = w->list[i].case_name;
        uint32_t other, group = w->of[i] == NONE ? NONE : cause_root(w->groups, w->of[i]);
        if (group == NONE)
            continue;
        if (!map_add(cases, name, strlen(name), group) && map_find_str(cases, name, &other) &&
            other != group)
            map_set(cases, name, strlen(name), NONE);
    }
}

static void take_one(struct finder *w, const struct explained *cell, const struct map *cases,
                     size_t i) {
    uint32_t group = is_wrong(&w->list[i]) ? cause_in_cell(w, cell, i) : cause_alike(w, cell, i);
    w->how[i] = "cell";
    if (group == NONE && is_wrong(&w->list[i]) &&
        map_find_str(cases, w->list[i].case_name, &group) && group != NONE)
        w->how[i] = "case";
    if (group == NONE) {
        group = group_of(w, &w->list[i], false);
        w->how[i] = "signature";
    }
    w->of[i] = group;
}

/* Cell by cell. */
static void take_rest(struct finder *w) {
    size_t *at = arena_array(w->arena, w->len + 1, sizeof(*at));
    struct map cases;
    map_cases(w, &cases);
    for (size_t i = 0, end; i < w->len; i = end) {
        struct explained cell = {.at = at};
        for (end = i; end < w->len && w->list[end].cell == w->list[i].cell; end++)
            if (w->of[end] != NONE)
                at[cell.len++] = end;
        for (size_t k = i; k < end; k++)
            if (w->of[k] == NONE)
                take_one(w, &cell, &cases, k);
    }
    map_done(&cases);
}

/* ---- what comes of it ---- */

/* Explained in the words of the cause before those of one merged into it; with a stage before
 * without. */
static int rank_of(const struct finder *w, size_t i) {
    const struct cluster_failure *f = &w->list[i];
    if (!is_explained(f))
        return 0;
    const struct cause_group *g = &w->groups[w->of[i]];
    bool own = g->into == w->of[i] && !cause_key_leads(g->first, f) && !cause_key_ground(f);
    return 1 + 2 * own + (*f->stage != '\0');
}

/* Whether failure i is a better example of its cause than k. */
static bool is_smaller(const struct finder *w, size_t i, size_t k) {
    const struct cluster_failure *a = &w->list[i], *b = &w->list[k];
    if (rank_of(w, i) != rank_of(w, k))
        return rank_of(w, i) > rank_of(w, k);
    if ((a->size > 0) != (b->size > 0))
        return a->size > 0;
    if (a->size > 0 && a->size != b->size)
        return a->size < b->size;
    int cell = strcmp(a->cell_name, b->cell_name);
    return cell ? cell < 0 : strcmp(a->case_name, b->case_name) < 0;
}

/* The levels of the kernel in which it was seen, each once: " (avx2, avx512)". */
static void put_levels(struct buf *b, const struct finder *w, uint32_t group) {
    size_t before = b->len;
    for (size_t i = 0; i < w->len; i++) {
        const char *at = w->list[i].kernel;
        if (cause_root(w->groups, w->of[i]) != group || !is_explained(&w->list[i]))
            continue;
        for (; *at; at += strcspn(at, ".") + (at[strcspn(at, ".")] == '.')) {
            char word[64];
            (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, "."), at);
            if (at == w->list[i].kernel || !cause_key_is_level(word, strlen(word)))
                continue;
            const char *old = b->data + before, *hit = old;
            size_t len = strlen(word);
            while ((hit = strstr(hit, word)) && !strchr(",)", hit[len]) && hit[len])
                hit += len;
            if (!hit || (hit > old && hit[-1] != ' ' && hit[-1] != '('))
                buf_printf(b, "%s%s", b->len > before ? ", " : " (", word);
        }
    }
    if (b->len > before)
        buf_putc(b, ')');
}

/* Within WORDS_MAX, and not cut within a character. */
static const char *shortened(struct arena *arena, const char *text, size_t len) {
    static const char ellipsis[] = "…";
    if (len <= WORDS_MAX)
        return arena_strndup(arena, text, len);
    len = WORDS_MAX - strlen(ellipsis);
    len -= utf8_incomplete_tail(text, len);
    return arena_printf(arena, "%.*s%s", (int)len, text, ellipsis);
}

static const char *words_of(struct finder *w, uint32_t group) {
    const struct cause_group *g = &w->groups[group];
    const struct cluster_failure *f = g->first;
    struct buf b;
    buf_init(&b, KEY_MAX);
    if (!g->explained) {
        const char *text = *f->message ? f->message : "no message";
        buf_add(&b, text, strcspn(text, "\n"));
    } else if (strcmp(f->kind, "kernel") == 0 && *f->kernel) {
        buf_printf(&b, "kernel %s", cause_key_kernel(w->arena, f->kernel));
        put_levels(&b, w, group);
    } else {
        const char *what = *f->op ? f->op : f->said;
        buf_printf(&b, "%s: %s", f->kind,
                   cause_key_is_of_stage(f) ? cause_key_part(f->stage) : what);
    }
    const char *words = shortened(w->arena, b.data, b.len);
    buf_done(&b);
    return words;
}

static const char *kind_of(const struct cause_group *g) {
    if (g->explained)
        return g->first->kind;
    return *g->first->class ? g->first->class : g->first->verdict;
}

static void count_members(const struct finder *w, struct cause *causes, const uint32_t *at) {
    int64_t *last = arena_array(w->arena, w->group_count + 1, sizeof(*last));
    for (size_t i = 0; i < w->len; i++) {
        struct cause *c = &causes[at[cause_root(w->groups, w->of[i])]];
        if (!c->cases || is_smaller(w, i, c->primary))
            c->primary = i;
        uint32_t group = at[cause_root(w->groups, w->of[i])];
        c->cells += !c->cases || last[group] != w->list[i].cell;
        last[group] = w->list[i].cell; /* the failures of a cell stand together */
        c->cases++;
    }
}

/* What is sorted, with the group that it came from. */
struct place {
    struct cause cause;
    uint32_t group;
};

static int by_size(const void *a, const void *b) {
    const struct cause *x = &((const struct place *)a)->cause;
    const struct cause *y = &((const struct place *)b)->cause;
    if (x->cases != y->cases)
        return x->cases > y->cases ? -1 : 1;
    return strcmp(x->hash, y->hash);
}

static void make_causes(struct finder *w, struct cause **out, size_t *count,
                        struct cause_link *links) {
    struct place *places = arena_array(w->arena, w->group_count + 1, sizeof(*places));
    struct cause *causes = arena_array(w->arena, w->group_count + 1, sizeof(*causes));
    uint32_t *at = arena_array(w->arena, w->group_count + 1, sizeof(*at)), n = 0;
    for (uint32_t g = 0; g < w->group_count; g++)
        if (w->groups[g].into == g)
            at[g] = n++;
    count_members(w, causes, at);
    for (uint32_t g = 0; g < w->group_count; g++) {
        if (w->groups[g].into != g)
            continue;
        struct cause *c = &causes[at[g]];
        char stamp[32];
        (void)snprintf(stamp, sizeof(stamp), "noctule-cause-%d\n", CAUSE_ALGO);
        signature_hash(arena_printf(w->arena, "%s%s", stamp, w->groups[g].key), c->hash);
        c->kind = kind_of(&w->groups[g]);
        c->words = words_of(w, g);
        places[at[g]] = (struct place){*c, g};
    }
    qsort(places, n, sizeof(*places), by_size);
    for (uint32_t i = 0; i < n; i++) {
        causes[i] = places[i].cause;
        at[places[i].group] = i;
    }
    for (size_t i = 0; i < w->len; i++)
        links[i] = (struct cause_link){at[cause_root(w->groups, w->of[i])], w->how[i]};
    *out = causes;
    *count = n;
}

void cause_find(struct arena *arena, const struct cluster_failure *failures, size_t len,
                struct cause **causes, size_t *count, struct cause_link **links) {
    struct finder w = {.arena = arena, .list = failures, .len = len};
    w.groups = arena_array(arena, len + 1, sizeof(*w.groups));
    w.of = arena_array(arena, len + 1, sizeof(*w.of));
    w.how = arena_array(arena, len + 1, sizeof(*w.how));
    *links = arena_array(arena, len + 1, sizeof(**links));
    map_init(&w.by_key, len);
    take_explained(&w);
    merge_shared(&w);
    cause_merge(w.groups, w.group_count);
    take_rest(&w);
    make_causes(&w, causes, count, *links);
    map_done(&w.by_key);
}
