/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/recheck.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/fix/rerun.h"
#include "orchestrator/fix/weigh.h"
#include "orchestrator/sweep/plan.h"

struct checker {
    struct recheck *out;
    const struct proof *p;
    const struct recheck_spec *spec;
    struct proof_faults *faults;
    struct arena arena;
    const char **cells; /* NULL-terminated, those to be mended */
    struct rerun base, fixed;
    struct decoys decoys;
};

/* Those of the scope, which are all that was swept; else those of the cases, sorted by cell. */
static void list_cells(struct checker *k) {
    size_t n = 0;
    if (*k->p->scope) {
        struct opt_list scope = plan_scope_filter(&k->arena, k->p->scope).cells;
        k->cells = arena_array(&k->arena, scope.len + 1, sizeof(*k->cells));
        for (; n < scope.len; n++)
            k->cells[n] = scope.items[n];
        return;
    }
    k->cells = arena_array(&k->arena, k->p->case_count + 1, sizeof(*k->cells));
    for (size_t i = 0; i < k->p->case_count; i++)
        if (i == 0 || strcmp(k->p->cases[i].cell, k->p->cases[i - 1].cell) != 0)
            k->cells[n++] = k->p->cases[i].cell;
}

static const char *folder_of(struct checker *k, const char *label) {
    return arena_printf(&k->arena, "%s/%s", k->spec->folder, label);
}

/* Decoys are those that were made so far. */
static int run_tree(struct checker *k, struct rerun *out, const char *tree, const char *label,
                    int64_t runs) {
    const struct rerun_spec spec = {
        .config = k->spec->config,
        .commits = k->spec->commits,
        .prefix = k->p->prefix,
        .tree = tree,
        .folder = folder_of(k, label),
        .cells = (const char *const *)k->cells,
        .everything = !*k->p->scope,
        .runs = runs,
        .built = runs ? NULL : folder_of(k, "base"),
        .decoys = &k->decoys,
        .least = k->spec->least,
        .only = k->spec->only,
        .stop = k->spec->stop,
    };
    int rc = rerun_run(out, &spec);
    if (rc == 0 && *out->why)
        proof_fault(k->faults, PROOF_FAULT_RESULTS, "the %s tree: %s", label, out->why);
    k->out->level = out->sandbox.level;
    k->out->ms += out->build_ms + out->sweep_ms;
    return rc;
}

/* Of so many runs as there are here, as many as the proof needs of its own, rounded up. */
static int64_t needed_here(const struct checker *k) {
    int64_t n = k->p->needed * k->out->runs;
    return (n + k->p->runs - 1) / k->p->runs;
}

static void check_case(struct checker *k, const struct proof_case *c) {
    const struct rerun_case *b = rerun_find(&k->base, c->cell, c->name);
    const struct rerun_case *a = rerun_find(&k->fixed, c->cell, c->name);
    if (b && b->na == b->runs) {
        k->out->idle++;
        return;
    }
    k->out->cases++;
    int64_t failed = b && strcmp(b->signature, c->signature) == 0 ? b->same : 0;
    if (failed < needed_here(k))
        proof_fault(k->faults, PROOF_FAULT_RESULTS,
                    "%s in %s failed %" PRId64 " of %" PRId64
                    " times as the proof says, without the patch%s%s",
                    c->name, c->cell, failed, k->out->runs, b && *b->message ? ": " : "",
                    b ? b->message : "");
    if (!a || a->passed < k->out->runs)
        proof_fault(k->faults, PROOF_FAULT_RESULTS,
                    "%s in %s passed %" PRId64 " of %" PRId64 " times with the patch%s%s", c->name,
                    c->cell, a ? a->passed : 0, k->out->runs, a && *a->message ? ": " : "",
                    a ? a->message : "");
}

static struct proof_totals totals_of(const struct rerun *r) {
    struct proof_totals t = {0, 0, 0};
    for (size_t i = 0; i < r->len; i++) {
        t.passed += r->cases[i].passed == r->cases[i].runs;
        t.na += r->cases[i].na == r->cases[i].runs;
    }
    t.not_passed = (int64_t)r->len - t.passed - t.na;
    return t;
}

/* The names can be compared when as many cases were swept as the proof has, and no more nor fewer
 * of them apply to this machine. */
static void check_names(struct checker *k, struct proof_name *names, size_t len) {
    const struct proof_totals *here = &k->out->before, *said = &k->p->before;
    char digits[HASH_HEX_SIZE];
    k->out->compared_kept =
        here->na == said->na && here->passed + here->not_passed == said->passed + said->not_passed;
    proof_hash_names(names, len, digits);
    if (k->out->compared_kept && strcmp(digits, k->p->kept.sha256) != 0)
        proof_fault(k->faults, PROOF_FAULT_RESULTS,
                    "other cases are kept here: %zu with the SHA-256 %.16s…, and it says %" PRId64
                    " with %.16s…",
                    len, digits, k->p->kept.after, k->p->kept.sha256);
}

static void check_kept(struct checker *k) {
    struct proof_name *names = arena_array(&k->arena, k->base.len + 1, sizeof(*names));
    size_t len = 0;
    for (size_t i = 0; i < k->base.len; i++) {
        const struct rerun_case *b = &k->base.cases[i];
        if (b->passed != b->runs)
            continue;
        const struct rerun_case *a = rerun_find(&k->fixed, b->cell, b->name);
        bool kept = a && a->passed == a->runs;
        k->out->kept_before++;
        k->out->kept_after += kept;
        if (kept)
            names[len++] = (struct proof_name){b->cell, b->name};
        else
            proof_fault(k->faults, PROOF_FAULT_RESULTS,
                        "%s in %s passes without the patch and not with it", b->name, b->cell);
    }
    if (k->out->kept_after == k->out->kept_before)
        check_names(k, names, len);
}

static void compare(struct checker *k) {
    for (size_t i = 0; i < k->p->case_count; i++)
        check_case(k, &k->p->cases[i]);
    if (k->out->cases == 0)
        proof_fault(k->faults, PROOF_FAULT_EMPTY,
                    "none of its %zu cases applies to this machine: nothing can be said here",
                    k->p->case_count);
    k->out->before = totals_of(&k->base);
    k->out->after = totals_of(&k->fixed);
    check_kept(k);
}

/* ---- decoys: others than the maker's, for chance throws them anew ---- */

static struct decoy_spec decoys_of(struct checker *k) {
    return (struct decoy_spec){
        .config = k->spec->config,
        .commits = k->spec->commits,
        .prefix = k->p->prefix,
        .base = k->p->base_tree,
        .tree = k->p->fixed_tree,
        .cells = (const char *const *)k->cells,
        .cases = rerun_names(&k->base, &k->arena),
        .case_count = k->base.len,
        .least = k->spec->least,
        .only = k->spec->only,
        .stop = k->spec->stop,
    };
}

static int check_decoys(struct checker *k, const struct decoy_spec *spec) {
    struct proof counted = *k->p;
    struct rerun there = {.why = ""};
    const struct weigh_doubt by = {&k->base, folder_of(k, "doubt")};
    const char *hollow = "", *folder = folder_of(k, "fixed");
    int rc = weigh_decoys(&counted, &k->arena, &k->decoys, &k->fixed, folder, NULL, &hollow);
    if (rc == 0 && *hollow) { /* before that is said the base answers, too */
        rc = decoys_aim(&k->decoys, spec, k->p->base_tree);
        if (rc == 0)
            rc = run_tree(k, &there, k->p->base_tree, "doubt", 0);
        if (rc == 0 && !*there.why)
            rc = weigh_decoys(&counted, &k->arena, &k->decoys, &k->fixed, folder, &by, &hollow);
        rerun_done(&there);
    }
    k->out->decoys = counted.decoys;
    if (rc == 0 && *hollow)
        proof_fault(k->faults, PROOF_FAULT_HOLLOW, "%s", hollow);
    return rc;
}

static int run_fixed(struct checker *k) {
    const struct decoy_spec spec = decoys_of(k);
    size_t before = k->faults->len;
    int rc = decoys_make(&k->decoys, &spec);
    if (rc == 0)
        rc = run_tree(k, &k->fixed, k->p->fixed_tree, "fixed", k->out->runs);
    return rc == 0 && k->faults->len == before ? check_decoys(k, &spec) : rc;
}

int recheck_run(struct recheck *out, const struct proof *p, const struct recheck_spec *spec,
                struct proof_faults *faults) {
    struct checker k = {.out = out, .p = p, .spec = spec, .faults = faults};
    size_t before = faults->len;
    *out = (struct recheck){.runs = spec->times ? spec->times : p->runs};
    arena_init(&k.arena, 0);
    list_cells(&k);
    int rc = run_tree(&k, &k.base, p->base_tree, "base", k.out->runs);
    if (rc == 0 && faults->len == before)
        rc = run_fixed(&k);
    if (rc == 0 && faults->len == before)
        compare(&k);
    rerun_done(&k.base);
    rerun_done(&k.fixed);
    decoys_done(&k.decoys);
    arena_done(&k.arena);
    return rc;
}
