/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/decoy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/decoy/goldens.h"
#include "orchestrator/decoy/script.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/content.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/sweep/plan.h"

enum { EDITS_MAX = 4096 };

/* ---- what makers say ---- */

void decoys_edit(struct decoys *d, size_t which, const char *path, const char *text, size_t len) {
    if (!d->edits[which])
        d->edits[which] = arena_array(&d->arena, EDITS_MAX, sizeof(*d->edits[which]));
    for (size_t i = 0; i < d->edit_count[which]; i++)
        if (strcmp(d->edits[which][i].path, path) == 0) {
            d->edits[which][i] = (struct content_edit){path, text, len};
            return;
        }
    if (d->edit_count[which] < EDITS_MAX)
        d->edits[which][d->edit_count[which]++] = (struct content_edit){path, text, len};
}

static const char *key_of(struct arena *arena, unsigned number, const char *name) {
    return arena_printf(arena, "%u %s", number, name);
}

static void put(struct map *m, const char *key, enum decoy_answer answer) {
    map_set(m, key, strlen(key), (uint32_t)answer);
}

void decoys_tell(const struct decoy_fixture *f, size_t which, const char *name,
                 enum decoy_answer answer) {
    put(&f->out->answers[which], key_of(&f->out->arena, f->number, name), answer);
}

void decoys_tell_others(const struct decoy_fixture *f, size_t which, enum decoy_answer answer) {
    put(&f->out->others[which], key_of(&f->out->arena, f->number, ""), answer);
}

void decoys_share(struct decoys *d, unsigned char *side, size_t n) {
    size_t *order = arena_array(&d->arena, n + 1, sizeof(*order));
    size_t first = n / 2 + (n % 2 ? (size_t)dice_below(&d->dice, 2) : 0);
    unsigned char of_first = (unsigned char)dice_below(&d->dice, DECOY_TREES);
    dice_shuffle(&d->dice, order, n);
    for (size_t i = 0; i < n; i++)
        side[order[i]] = i < first ? of_first : !of_first;
}

enum decoy_answer decoys_answer(const struct decoys *d, size_t which, const char *cell,
                                const char *name) {
    struct arena arena;
    uint32_t number, answer = DECOY_UNKNOWN;
    if (!map_find_str(&d->folders, cell, &number))
        return DECOY_UNKNOWN;
    arena_init(&arena, 0);
    if (!map_find_str(&d->answers[which], key_of(&arena, number, name), &answer) &&
        !map_find_str(&d->others[which], key_of(&arena, number, ""), &answer))
        answer = DECOY_UNKNOWN;
    arena_done(&arena);
    return (enum decoy_answer)answer;
}

/* ---- one fixture after the other ---- */

static bool is_of(const struct decoys *d, const char *cell, unsigned n) {
    uint32_t number;
    return map_find_str(&d->folders, cell, &number) && number == n;
}

static bool is_listed(const struct decoy_fixture *f, const char *id) {
    for (size_t i = 0; i < f->id_count; i++)
        if (strcmp(f->ids[i], id) == 0)
            return true;
    return false;
}

static void list_ids(struct decoy_fixture *f) {
    const struct decoy_spec *s = f->spec;
    f->ids = arena_array(&f->out->arena, s->case_count + 1, sizeof(*f->ids));
    for (size_t i = 0; i < s->case_count; i++)
        if (is_of(f->out, s->cases[i].cell, f->number) && !is_listed(f, s->cases[i].name))
            f->ids[f->id_count++] = arena_strdup(&f->out->arena, s->cases[i].name);
}

static const char *const *copy_words(struct arena *arena, const char **words) {
    size_t n = 0;
    while (words[n])
        n++;
    const char **all = arena_array(arena, n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = arena_strdup(arena, words[i]);
    return (const char *const *)all;
}

static bool same_words(const char *const *a, const char **b) {
    for (; *a && *b && strcmp(*a, *b) == 0; a++, b++)
        ;
    return !*a && !*b;
}

/* A fixture is spoiled once, though many cells stand on it. */
static size_t list_fixtures(struct decoys *d, const struct decoy_spec *spec,
                            const struct plan *plan, struct decoy_fixture *out) {
    size_t n = 0;
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_cell *c = &plan->cells[i];
        size_t k = 0;
        if (!c->decoy)
            continue;
        while (k < n &&
               (strcmp(out[k].folder, c->fixture) != 0 || !same_words(out[k].command, c->decoy)))
            k++;
        if (k == n) {
            out[n] = (struct decoy_fixture){.out = d, .spec = spec, .number = (unsigned)n};
            out[n].folder = arena_strdup(&d->arena, c->fixture);
            out[n++].command = copy_words(&d->arena, c->decoy);
        }
        const char *cell = arena_strdup(&d->arena, c->cell.name);
        map_set(&d->folders, cell, strlen(cell), (uint32_t)k);
    }
    return n;
}

static int spoil(struct decoys *d, const struct decoy_spec *spec, const struct plan *plan) {
    struct decoy_fixture *all = arena_array(&d->arena, plan->len + 1, sizeof(*all));
    size_t n = list_fixtures(d, spec, plan, all);
    int rc = 0;
    d->any = n > 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        list_ids(&all[i]);
        rc = strcmp(all[i].command[0], CONFIG_GOLDENS) == 0 ? goldens_spoil(&all[i])
                                                            : script_spoil(&all[i]);
    }
    return rc;
}

/* ---- the trees ---- */

/* What a fix may change, too, is its own: it could not be told from what was spoiled. */
static int check_edits(const struct decoys *d, const struct decoy_spec *spec) {
    struct arena arena;
    size_t n, skip = *spec->prefix ? strlen(spec->prefix) + 1 : 0;
    arena_init(&arena, 0);
    const char *const *judges = ground_judges(&arena, spec->config, &n);
    int rc = 0;
    for (size_t which = 0; which < DECOY_TREES; which++)
        for (size_t i = 0; rc == 0 && i < d->edit_count[which]; i++)
            if (!changes_has_prefix(judges, d->edits[which][i].path + skip))
                rc = err_set(ERR_FORMAT,
                             "a decoy changes %s, which a fix may change, too; name it in "
                             "fix.tests",
                             d->edits[which][i].path);
    if (rc == 0 && (d->edit_count[0] == EDITS_MAX || d->edit_count[1] == EDITS_MAX))
        rc = err_set(ERR_LIMIT, "a decoy changes more than %d files", EDITS_MAX - 1);
    arena_done(&arena);
    return rc;
}

/* Without what any of them changes: whoever fills a folder from this first writes all of that anew,
 * and no time of a file tells a decoy. */
static int make_blank(struct decoys *d, const struct decoy_spec *spec, const char *tree) {
    struct content_edit *none = arena_array(&d->arena, 2 * EDITS_MAX, sizeof(*none));
    size_t n = 0;
    for (size_t which = 0; which < DECOY_TREES; which++)
        for (size_t i = 0; i < d->edit_count[which]; i++) {
            size_t k = 0;
            while (k < n && strcmp(none[k].path, d->edits[which][i].path) != 0)
                k++;
            if (k == n)
                none[n++] = (struct content_edit){.path = d->edits[which][i].path};
        }
    return content_edit(spec->commits, tree, none, n, d->blank);
}

int decoys_aim(struct decoys *d, const struct decoy_spec *spec, const char *tree) {
    int rc = 0;
    for (size_t which = 0; rc == 0 && d->any && which < DECOY_TREES; which++)
        rc = content_edit(spec->commits, tree, d->edits[which], d->edit_count[which],
                          d->trees[which]);
    return rc == 0 && d->any ? make_blank(d, spec, tree) : rc;
}

static bool has_decoys(const struct config *config) {
    for (size_t i = 0; i < config->suite_count; i++)
        if (config->suites[i].decoy)
            return true;
    return false;
}

/* The plan is that of the base, whose fixtures they are. */
static int make_from(struct decoys *d, const struct decoy_spec *spec, const char *folder) {
    struct config here = *spec->config;
    struct plan_filter filter = {.cells = {.len = 0}};
    struct plan plan;
    here.root = *spec->prefix ? arena_printf(&d->arena, "%s/%s", folder, spec->prefix) : folder;
    while (spec->cells[filter.cells.len])
        filter.cells.len++;
    filter.cells.items = arena_array(&d->arena, filter.cells.len + 1, sizeof(*spec->cells));
    for (size_t i = 0; i < filter.cells.len; i++)
        filter.cells.items[i] = spec->cells[i];
    plan_init(&plan, &here, "build");
    int rc = plan_make(&plan, &filter);
    if (rc == 0)
        rc = spoil(d, spec, &plan);
    if (rc == 0)
        rc = check_edits(d, spec);
    if (rc == 0)
        rc = decoys_aim(d, spec, spec->tree);
    plan_done(&plan);
    return rc;
}

int decoys_make(struct decoys *out, const struct decoy_spec *spec) {
    struct tree base;
    *out = (struct decoys){.any = false};
    arena_init(&out->arena, 0);
    map_init(&out->folders, 64);
    for (size_t i = 0; i < DECOY_TREES; i++) {
        map_init(&out->answers[i], 256);
        map_init(&out->others[i], 64);
    }
    if (!has_decoys(spec->config))
        return 0;
    int rc = dice_init(&out->dice);
    if (rc == 0)
        rc = tree_make(&base, spec->commits, spec->base);
    if (rc < 0)
        return rc;
    rc = make_from(out, spec, base.folder);
    tree_remove(&base);
    return rc < 0 ? err_while(rc, "making a decoy") : 0;
}

void decoys_done(struct decoys *d) {
    for (size_t i = 0; i < DECOY_TREES; i++) {
        map_done(&d->answers[i]);
        map_done(&d->others[i]);
    }
    map_done(&d->folders);
    arena_done(&d->arena);
    *d = (struct decoys){.any = false};
}
