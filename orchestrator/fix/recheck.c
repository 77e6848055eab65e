/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/recheck.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/fix/rerun.h"

struct checker {
    struct recheck *out;
    const struct proof *p;
    const struct recheck_spec *spec;
    struct proof_faults *faults;
    struct arena arena;
    const char **cells; /* NULL-terminated, those to be mended */
    struct rerun base, fixed;
};

/* Cases are sorted by cell. */
static void list_cells(struct checker *k) {
    size_t n = 0;
    k->cells = arena_array(&k->arena, k->p->case_count + 1, sizeof(*k->cells));
    for (size_t i = 0; i < k->p->case_count; i++)
        if (i == 0 || strcmp(k->p->cases[i].cell, k->p->cases[i - 1].cell) != 0)
            k->cells[n++] = k->p->cases[i].cell;
}

static int run_tree(struct checker *k, struct rerun *out, const char *tree, const char *label) {
    const struct rerun_spec spec = {
        .config = k->spec->config,
        .commits = k->spec->commits,
        .prefix = k->p->prefix,
        .tree = tree,
        .folder = arena_printf(&k->arena, "%s/%s", k->spec->folder, label),
        .cells = (const char *const *)k->cells,
        .everything = !*k->p->scope,
        .runs = k->out->runs,
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

static void check_kept(struct checker *k) {
    for (size_t i = 0; i < k->base.len; i++) {
        const struct rerun_case *b = &k->base.cases[i];
        if (b->passed != b->runs)
            continue;
        const struct rerun_case *a = rerun_find(&k->fixed, b->cell, b->name);
        bool kept = a && a->passed == a->runs;
        k->out->kept_before++;
        k->out->kept_after += kept;
        if (!kept)
            proof_fault(k->faults, PROOF_FAULT_RESULTS,
                        "%s in %s passes without the patch and not with it", b->name, b->cell);
    }
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

int recheck_run(struct recheck *out, const struct proof *p, const struct recheck_spec *spec,
                struct proof_faults *faults) {
    struct checker k = {.out = out, .p = p, .spec = spec, .faults = faults};
    size_t before = faults->len;
    *out = (struct recheck){.runs = spec->times ? spec->times : p->runs};
    arena_init(&k.arena, 0);
    list_cells(&k);
    int rc = run_tree(&k, &k.base, p->base_tree, "base");
    if (rc == 0 && faults->len == before)
        rc = run_tree(&k, &k.fixed, p->fixed_tree, "fixed");
    if (rc == 0 && faults->len == before)
        compare(&k);
    rerun_done(&k.base);
    rerun_done(&k.fixed);
    arena_done(&k.arena);
    return rc;
}
