/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/weigh.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/fix/rerun.h"
#include "orchestrator/fix/target.h"

/* Only failures that are the same failure count: of the one that the proof names. */
static struct proof_tally tally_of(const struct rerun_case *c, const char *signature) {
    if (!c)
        return (struct proof_tally){0, 0, 0};
    bool same = strcmp(c->signature, signature) == 0;
    return (struct proof_tally){c->runs, c->passed, same ? c->same : 0};
}

static struct proof_totals totals_of(const struct rerun *r) {
    struct proof_totals t = {0, 0, 0};
    for (size_t i = 0; i < r->len; i++) {
        const struct rerun_case *c = &r->cases[i];
        if (c->passed == c->runs)
            t.passed++;
        else if (c->na == c->runs)
            t.na++;
        else
            t.not_passed++;
    }
    return t;
}

static int by_cell_and_name(const void *a, const void *b) {
    const struct proof_case *x = a, *y = b;
    int order = strcmp(x->cell, y->cell);
    return order ? order : strcmp(x->name, y->name);
}

bool weigh_base(struct proof *p, struct arena *arena, const struct target *target,
                const struct rerun *base) {
    struct proof_case *cases = arena_array(arena, target->case_count, sizeof(*cases));
    size_t n = 0;
    bool primary = false;
    for (size_t i = 0; i < target->case_count && n < PROOF_CASES_MAX; i++) {
        const struct cluster_case *wanted = &target->cases[i];
        const struct rerun_case *c = rerun_find(base, wanted->cell_name, wanted->case_name);
        if (!c || c->same < p->needed)
            continue;
        cases[n] = (struct proof_case){.cell = wanted->cell_name,
                                       .name = wanted->case_name,
                                       .signature = arena_strdup(arena, c->signature)};
        cases[n].before = tally_of(c, c->signature);
        n++;
        primary |=
            wanted->cell == target->cluster.cell && wanted->case_id == target->cluster.case_id;
    }
    qsort(cases, n, sizeof(*cases), by_cell_and_name);
    p->cases = cases;
    p->case_count = n;
    p->before = totals_of(base);
    return primary;
}

static const char *name_case(struct arena *arena, const char *cell, const char *name) {
    return arena_printf(arena, "%s in %s", name, cell);
}

/* Each case that passed in all its runs of the base must do so in all those of the other. */
static void count_kept(struct proof *p, struct arena *arena, const struct rerun *base,
                       const struct rerun *fixed, const char **lost) {
    struct proof_name *kept = arena_array(arena, base->len, sizeof(*kept));
    char digits[HASH_HEX_SIZE];
    size_t n = 0;
    p->kept.before = 0;
    for (size_t i = 0; i < base->len; i++) {
        const struct rerun_case *b = &base->cases[i];
        if (b->passed != b->runs)
            continue;
        const struct rerun_case *a = rerun_find(fixed, b->cell, b->name);
        p->kept.before++;
        if (a && a->passed == a->runs)
            kept[n++] = (struct proof_name){b->cell, b->name};
        else if (!**lost)
            *lost = arena_printf(arena, "%s%s%s", name_case(arena, b->cell, b->name),
                                 !a            ? ": it is not there any more"
                                 : *a->message ? ": "
                                               : "",
                                 a ? a->message : "");
    }
    proof_hash_names(kept, n, digits);
    p->kept.after = (int64_t)n;
    p->kept.sha256 = arena_strdup(arena, digits);
}

void weigh_fixed(struct proof *p, struct arena *arena, const struct rerun *base,
                 const struct rerun *fixed, const char **unmended, const char **lost) {
    struct proof_case *cases = arena_array(arena, p->case_count, sizeof(*cases));
    *unmended = *lost = "";
    memcpy(cases, p->cases, p->case_count * sizeof(*cases));
    for (size_t i = 0; i < p->case_count; i++) {
        const struct rerun_case *c = rerun_find(fixed, cases[i].cell, cases[i].name);
        cases[i].after =
            c ? (struct proof_tally){c->runs, c->passed, c->red} : (struct proof_tally){0, 0, 0};
        if ((!c || c->passed < p->runs) && !**unmended)
            *unmended =
                arena_printf(arena, "%s%s%s", name_case(arena, cases[i].cell, cases[i].name),
                             c && *c->message ? ": " : "", c ? c->message : "");
    }
    p->cases = cases;
    p->after = totals_of(fixed);
    count_kept(p, arena, base, fixed, lost);
}

void weigh_control(struct proof *p, struct arena *arena, const struct rerun *control,
                   const char **passes) {
    struct proof_case *cases = arena_array(arena, p->case_count, sizeof(*cases));
    *passes = "";
    memcpy(cases, p->cases, p->case_count * sizeof(*cases));
    for (size_t i = 0; i < p->case_count; i++) {
        const struct rerun_case *c = rerun_find(control, cases[i].cell, cases[i].name);
        cases[i].control = tally_of(c, cases[i].signature);
        if (cases[i].control.failed < p->needed && !**passes)
            *passes = name_case(arena, cases[i].cell, cases[i].name);
    }
    p->cases = cases;
}
