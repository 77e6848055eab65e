/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each case in the decoys. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/fix/rerun.h"
#include "orchestrator/fix/weigh.h"

struct lure {
    struct proof *p;
    struct proof_case *cases; /* those of p, counted */
    struct arena *arena;
    const char *hollow;
};

static int by_cell_and_name(const void *a, const void *b) {
    const struct proof_case *x = a, *y = b;
    int order = strcmp(x->cell, y->cell);
    return order ? order : strcmp(x->name, y->name);
}

static struct proof_case *mended(struct lure *l, const struct rerun_case *c) {
    const struct proof_case key = {.cell = c->cell, .name = c->name};
    return l->p->case_count
               ? bsearch(&key, l->cases, l->p->case_count, sizeof(key), by_cell_and_name)
               : NULL;
}

static bool passes(const struct rerun_case *c) {
    return c && c->runs && c->plain == c->runs;
}

/* Whoever does not answer has not said that it fails. */
static bool is_right(enum decoy_answer right, const struct rerun_case *there) {
    return right == DECOY_PASS ? passes(there) : there && there->runs && there->red == there->runs;
}

static const char *blame(enum decoy_answer right, const struct rerun_case *there) {
    if (right == DECOY_PASS)
        return "passes no more when only what other cases are held against is spoiled";
    return there && there->passed
               ? "passes though what it is held against was spoiled, so it is not computed"
               : "says nothing where what it is held against was spoiled";
}

static void count(struct lure *l, const struct rerun_case *c, enum decoy_answer right,
                  const struct rerun_case *there) {
    struct proof_decoys *d = &l->p->decoys;
    struct proof_case *own = mended(l, c);
    bool good = is_right(right, there);
    if (right == DECOY_FAIL && own) {
        own->decoy.runs++;
        own->decoy.failed += good;
        own->decoy.passed += there && there->passed;
    }
    *(right == DECOY_FAIL ? &d->spoiled : &d->left) += 1;
    *(right == DECOY_FAIL ? &d->failed : &d->passed) += good;
    if (!good && !*l->hollow)
        l->hollow = arena_printf(l->arena, "%s in %s %s%s%s", c->name, c->cell, blame(right, there),
                                 there && *there->message ? ": " : "", there ? there->message : "");
}

static bool is_dull(const struct weigh_doubt *by, const struct rerun *base_there,
                    const struct rerun_case *c, enum decoy_answer right) {
    return by && passes(rerun_find(by->base, c->cell, c->name)) &&
           !is_right(right, rerun_find(base_there, c->cell, c->name));
}

static int weigh_one(struct lure *l, const struct decoys *decoys, size_t which,
                     const struct rerun *fixed, const char *folder, const struct weigh_doubt *by) {
    struct rerun there, base_there = {.why = ""};
    int rc = rerun_load(&there, rerun_decoy_folder(l->arena, folder, which));
    if (rc == 0 && by)
        rc = rerun_load(&base_there, rerun_decoy_folder(l->arena, by->folder, which));
    for (size_t i = 0; rc == 0 && i < fixed->len; i++) {
        const struct rerun_case *c = &fixed->cases[i];
        enum decoy_answer right = decoys_answer(decoys, which, c->cell, c->name);
        if (right != DECOY_UNKNOWN && passes(c) && !is_dull(by, &base_there, c, right))
            count(l, c, right, rerun_find(&there, c->cell, c->name));
    }
    l->p->decoys.runs++;
    rerun_done(&base_there);
    rerun_done(&there);
    return rc;
}

int weigh_decoys(struct proof *p, struct arena *arena, const struct decoys *decoys,
                 const struct rerun *fixed, const char *folder, const struct weigh_doubt *by,
                 const char **hollow) {
    struct lure l = {.p = p, .arena = arena, .hollow = ""};
    int rc = 0;
    l.cases = arena_array(arena, p->case_count, sizeof(*l.cases));
    memcpy(l.cases, p->cases, p->case_count * sizeof(*l.cases));
    for (size_t i = 0; i < p->case_count; i++)
        l.cases[i].decoy = (struct proof_tally){0, 0, 0};
    p->decoys = (struct proof_decoys){.runs = 0};
    for (size_t which = 0; rc == 0 && decoys->any && which < DECOY_TREES; which++)
        rc = weigh_one(&l, decoys, which, fixed, folder, by);
    p->cases = l.cases;
    *hollow = l.hollow;
    return rc;
}
