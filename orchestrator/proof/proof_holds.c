/* SPDX-License-Identifier: Apache-2.0 */
/* What a bundle does not prove by itself. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

#include "orchestrator/proc/sandbox.h"
#include "orchestrator/proof/attest.h"
#include "orchestrator/proof/proof.h"
#include "orchestrator/sweep/plan.h"

static bool is_known(const char *hex) {
    return *hex && strspn(hex, "0") != strlen(hex);
}

/* 0 of 0 is never a proof. */
static void check_empty(const struct proof *p, struct proof_faults *f) {
    const struct proof_totals *b = &p->before, *a = &p->after;
    if (p->case_count == 0)
        proof_fault(f, PROOF_FAULT_EMPTY, "no case was to be mended");
    if (p->runs < 1 || p->needed < 1)
        proof_fault(f, PROOF_FAULT_EMPTY, "%" PRId64 " of %" PRId64 " runs were to fail", p->needed,
                    p->runs);
    if (b->passed + b->not_passed == 0 || a->passed + a->not_passed == 0)
        proof_fault(f, PROOF_FAULT_EMPTY, "nothing was swept in one of the trees");
    if (p->test_count == 0)
        proof_fault(f, PROOF_FAULT_EMPTY, "it names no path that the fix is judged by");
}

static bool is_sound(const struct proof_tally *t) {
    return t->runs >= 0 && t->passed >= 0 && t->failed >= 0 && t->passed + t->failed <= t->runs;
}

static void check_case(const struct proof *p, const struct proof_case *c, struct proof_faults *f) {
    if (!is_sound(&c->before) || !is_sound(&c->after) || !is_sound(&c->control))
        proof_fault(f, PROOF_FAULT_COUNTS, "%s in %s: it passed and failed more often than it ran",
                    c->name, c->cell);
    if (c->before.runs != p->runs || c->after.runs != p->runs)
        proof_fault(f, PROOF_FAULT_COUNTS,
                    "%s in %s: %" PRId64 " and %" PRId64 " runs, and not %" PRId64 " of each tree",
                    c->name, c->cell, c->before.runs, c->after.runs, p->runs);
    if (c->before.failed < p->needed || c->before.failed == 0)
        proof_fault(f, PROOF_FAULT_NOT_REPRODUCED,
                    "%s in %s failed %" PRId64 " of %" PRId64 " times, and %" PRId64 " are needed",
                    c->name, c->cell, c->before.failed, c->before.runs, p->needed);
    if (c->after.passed < p->runs || c->after.passed == 0)
        proof_fault(f, PROOF_FAULT_NOT_MENDED,
                    "%s in %s passed %" PRId64 " of %" PRId64 " times with the patch", c->name,
                    c->cell, c->after.passed, c->after.runs);
    if (c->control.failed < p->needed || c->control.failed == 0)
        proof_fault(f, PROOF_FAULT_UNCONTROLLED,
                    "%s in %s failed %" PRId64 " of %" PRId64 " times without the patch again, "
                    "and %" PRId64 " are needed",
                    c->name, c->cell, c->control.failed, c->control.runs, p->needed);
}

static int compare_cases(const struct proof_case *a, const struct proof_case *b) {
    int by_cell = strcmp(a->cell, b->cell);
    return by_cell ? by_cell : strcmp(a->name, b->name);
}

/* Sorted, so that one case cannot count twice. */
static void check_cases(const struct proof *p, struct proof_faults *f) {
    bool primary = false;
    for (size_t i = 0; i < p->case_count; i++) {
        const struct proof_case *c = &p->cases[i];
        primary |= strcmp(c->cell, p->cell) == 0 && strcmp(c->name, p->case_name) == 0;
        if (i && compare_cases(&p->cases[i - 1], c) >= 0)
            proof_fault(f, PROOF_FAULT_COUNTS, "%s in %s is listed twice, or out of order", c->name,
                        c->cell);
        check_case(p, c, f);
    }
    if (p->case_count && !primary)
        proof_fault(f, PROOF_FAULT_COUNTS, "the primary case is not among those to be mended");
}

static int64_t sum(const struct proof_totals *t) {
    return t->passed + t->not_passed + t->na;
}

static void check_totals(const struct proof *p, struct proof_faults *f) {
    int64_t mended = (int64_t)p->case_count;
    if (p->needed > p->runs)
        proof_fault(f, PROOF_FAULT_COUNTS, "%" PRId64 " of %" PRId64 " runs were to fail",
                    p->needed, p->runs);
    if (sum(&p->before) != sum(&p->after))
        proof_fault(f, PROOF_FAULT_COUNTS,
                    "%" PRId64 " cases were swept before and %" PRId64 " after", sum(&p->before),
                    sum(&p->after));
    if (p->kept.before != p->before.passed)
        proof_fault(f, PROOF_FAULT_COUNTS,
                    "%" PRId64 " cases passed before, and %" PRId64 " were looked at again",
                    p->before.passed, p->kept.before);
    if (p->before.not_passed < mended)
        proof_fault(f, PROOF_FAULT_COUNTS,
                    "%" PRId64 " cases did not pass before, and %" PRId64 " were to be mended",
                    p->before.not_passed, mended);
    if (p->kept.after > p->kept.before || p->after.passed < p->kept.after + mended)
        proof_fault(f, PROOF_FAULT_COUNTS,
                    "%" PRId64 " cases pass after, and %" PRId64 " that passed before and %" PRId64
                    " that were mended are among them",
                    p->after.passed, p->kept.after, mended);
    if (p->kept.after < p->kept.before)
        proof_fault(f, PROOF_FAULT_LOST, "%" PRId64 " of %" PRId64 " cases that passed do not pass",
                    p->kept.before - p->kept.after, p->kept.before);
}

/* Who computes what he says fails where that is right, each time, and passes everywhere else. */
static void check_decoys(const struct proof *p, struct proof_faults *f) {
    const struct proof_decoys *d = &p->decoys;
    int64_t runs = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        const struct proof_case *c = &p->cases[i];
        runs += c->decoy.runs;
        if (!is_sound(&c->decoy) || c->decoy.runs > d->runs)
            proof_fault(f, PROOF_FAULT_COUNTS, "%s in %s: it was in more decoys than there are",
                        c->name, c->cell);
        else if (c->decoy.failed < c->decoy.runs)
            proof_fault(f, PROOF_FAULT_HOLLOW,
                        "%s in %s failed %" PRId64 " of %" PRId64
                        " times with what it is held against spoiled",
                        c->name, c->cell, c->decoy.failed, c->decoy.runs);
    }
    if (runs > d->spoiled || d->failed > d->spoiled || d->passed > d->left ||
        (d->runs == 0 && d->spoiled + d->left > 0))
        proof_fault(f, PROOF_FAULT_COUNTS, "the figures of the decoys contradict each other");
    else if (d->failed < d->spoiled || d->passed < d->left)
        proof_fault(f, PROOF_FAULT_HOLLOW,
                    "in decoys %" PRId64 " of %" PRId64 " cases failed that had to, and %" PRId64
                    " of %" PRId64 " passed",
                    d->failed, d->spoiled, d->passed, d->left);
}

/* The writer's own arithmetic, done again. */
static void check_flake(const struct proof *p, struct proof_faults *f) {
    for (size_t i = 0; i < p->case_count; i++)
        if (!is_sound(&p->cases[i].after))
            return; /* said already, and no rate can be made of it */
    struct flake now = proof_flake(p);
    const double slack = 1e-9; /* of another C library's gamma function */
    double off[] = {now.rate - p->flake.rate, now.low - p->flake.low, now.high - p->flake.high};
    for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
        if (!(off[i] <= slack && off[i] >= -slack)) {
            proof_fault(f, PROOF_FAULT_COUNTS, "the flake rate is not that of the runs");
            return;
        }
}

static void check_patch(const struct proof *p, struct proof_faults *f) {
    char hex[HASH_HEX_SIZE];
    hash_bytes(p->patch, strlen(p->patch), hex);
    if (strcmp(hex, p->patch_sha256) != 0)
        proof_fault(f, PROOF_FAULT_PATCH, "its SHA-256 is %.16s… and not %.16s…", hex,
                    p->patch_sha256);
    if (strcmp(p->base_tree, p->fixed_tree) == 0)
        proof_fault(f, PROOF_FAULT_NO_CHANGE, "both trees are %.12s", p->base_tree);
    if (!*p->patch || p->path_count == 0)
        proof_fault(f, PROOF_FAULT_NO_CHANGE, "it names no file that was changed");
    if (!is_known(p->base) || !is_known(p->base_tree) || !is_known(p->fixed_tree))
        proof_fault(f, PROOF_FAULT_BASE, "it does not say what it starts from");
    for (size_t i = 1; i < p->path_count; i++)
        if (strcmp(p->paths[i - 1], p->paths[i]) >= 0)
            proof_fault(f, PROOF_FAULT_PATHS, "%s is listed twice, or out of order", p->paths[i]);
    if (strcmp(p->tests_sha256, p->tests_fixed_sha256) != 0)
        proof_fault(f, PROOF_FAULT_TESTS,
                    "what lies at the paths of the tests is not the same in "
                    "both trees");
}

static int compare_words(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* plan_scope() sorts. */
static bool is_listed(const struct opt_list *list, const char *cell) {
    return list->len && bsearch(&cell, list->items, list->len, sizeof(*list->items), compare_words);
}

/* A fix sweeps everything, or whole cells by their names. */
static void check_scope(const struct proof *p, struct proof_faults *f) {
    if (!*p->scope)
        return;
    struct plan_filter filter = plan_scope_filter(f->arena, p->scope);
    struct plan_filter cells = {.cells = filter.cells};
    if (strcmp(plan_scope(f->arena, &cells), p->scope) != 0) {
        proof_fault(f, PROOF_FAULT_SCOPE, "\"%.200s\" is no list of cells in order, as cell=A,B",
                    p->scope);
        return;
    }
    for (size_t i = 0; i < p->case_count; i++) {
        const char *cell = p->cases[i].cell;
        if (i && strcmp(cell, p->cases[i - 1].cell) == 0)
            continue;
        if (!is_listed(&filter.cells, cell))
            proof_fault(f, PROOF_FAULT_SCOPE, "%s was to be mended, and is not in what was swept",
                        cell);
    }
}

static void check_sandbox(const struct proof *p, struct proof_faults *f) {
    enum sandbox_level level;
    if (sandbox_level_parse(&level, p->sandbox) < 0)
        proof_fault(f, PROOF_FAULT_SANDBOX, "%s", err_text());
}

bool proof_holds(const struct proof *p, struct proof_faults *faults) {
    size_t before = faults->len;
    check_empty(p, faults);
    check_cases(p, faults);
    check_totals(p, faults);
    check_decoys(p, faults);
    check_flake(p, faults);
    check_patch(p, faults);
    check_scope(p, faults);
    check_sandbox(p, faults);
    attest_check(p, faults);
    return faults->len == before;
}
