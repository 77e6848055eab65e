/* SPDX-License-Identifier: Apache-2.0 */
/* The tree with the change is built and swept: what failed passes, nothing else is lost, and who
 * says so can say otherwise where that is right. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/weigh.h"
#include "orchestrator/sweep/place.h"

static int weigh(struct fix *f, const struct rerun *fixed, const char **unmended,
                 const char **lost) {
    struct rerun base;
    int rc = rerun_load(&base, fix_path(f, "base"));
    if (rc == 0)
        weigh_fixed(&f->proof, &f->arena, &base, fixed, unmended, lost);
    rerun_done(&base);
    return rc;
}

static int judge(struct fix *f, const struct rerun *fixed) {
    const char *unmended, *lost;
    if (*fixed->why)
        return fix_end(f, FIX_UNBUILDABLE, "with the change: %s", fixed->why);
    int rc = weigh(f, fixed, &unmended, &lost);
    if (rc == 0 && *unmended)
        return fix_end(f, FIX_NOT_MENDED, "%s", unmended);
    if (rc == 0 && *lost)
        return fix_end(f, FIX_LOST, "%lld of %lld cases that passed do not any more, as %s",
                       (long long)(f->proof.kept.before - f->proof.kept.after),
                       (long long)f->proof.kept.before, lost);
    return rc;
}

/* ---- decoys ---- */

/* Of the cases as the base has them: what the change says of itself does not count. */
static struct decoy_spec decoys_of(struct fix *f, const struct rerun *base) {
    return (struct decoy_spec){
        .config = &f->place->config,
        .commits = f->commits,
        .prefix = f->prefix,
        .base = f->proof.base_tree,
        .tree = f->proof.fixed_tree,
        .cells = (const char *const *)f->target.cells,
        .cases = rerun_names(base, &f->arena),
        .case_count = base->len,
        .least = f->options->attempt.least,
        .only = f->options->attempt.only,
        .stop = f->stop,
    };
}

/* Before anybody is called hollow the base answers the same questions. */
static int doubt(struct fix *f, const struct rerun *base, const struct rerun *fixed,
                 struct decoys *decoys, const char **hollow) {
    const struct decoy_spec spec = decoys_of(f, base);
    const struct fix_sweep sweep = {.tree = f->proof.base_tree,
                                    .label = "doubt",
                                    .built = "base",
                                    .decoys = decoys,
                                    .decoys_alone = true};
    struct rerun there = {.why = ""};
    int rc = decoys_aim(decoys, &spec, f->proof.base_tree);
    if (rc == 0)
        rc = fix_rerun(f, &there, &sweep);
    const struct weigh_doubt by = {base, fix_path(f, "doubt")};
    if (rc == 0 && !*there.why)
        rc = weigh_decoys(&f->proof, &f->arena, decoys, fixed, fix_path(f, "fixed"), &by, hollow);
    rerun_done(&there);
    return rc;
}

static int judge_decoys(struct fix *f, const struct rerun *base, const struct rerun *fixed,
                        struct decoys *decoys) {
    const char *hollow = "";
    int rc = weigh_decoys(&f->proof, &f->arena, decoys, fixed, fix_path(f, "fixed"), NULL, &hollow);
    if (rc == 0 && *hollow)
        rc = doubt(f, base, fixed, decoys, &hollow);
    return rc == 0 && *hollow ? fix_end(f, FIX_HOLLOW, "%s", hollow) : rc;
}

static void save(const struct fix *f, struct json_writer *w) {
    const struct proof_decoys *d = &f->proof.decoys;
    json_put_int(w, "kept", f->proof.kept.after);
    json_open_object(w, "decoys");
    json_put_int(w, "runs", d->runs);
    json_put_int(w, "spoiled", d->spoiled);
    json_put_int(w, "left", d->left);
    json_open_array(w, "times"); /* of each case, as often as it was spoiled */
    for (size_t i = 0; i < f->proof.case_count; i++)
        json_put_int(w, NULL, f->proof.cases[i].decoy.runs);
    json_close_array(w);
    json_close_object(w);
}

static int run(struct fix *f, struct json_writer *w) {
    struct rerun base, fixed = {.why = ""};
    struct decoys decoys = {.any = false};
    int rc = rerun_load(&base, fix_path(f, "base"));
    const struct decoy_spec spec = decoys_of(f, &base);
    const struct fix_sweep sweep = {
        .tree = f->proof.fixed_tree, .label = "fixed", .everything = true, .decoys = &decoys};
    if (rc == 0)
        rc = decoys_make(&decoys, &spec);
    if (rc == 0)
        rc = fix_rerun(f, &fixed, &sweep);
    if (rc == 0)
        rc = judge(f, &fixed);
    if (rc == 0)
        rc = judge_decoys(f, &base, &fixed, &decoys);
    if (rc == 0) {
        save(f, w);
        json_put_real(w, "build_ms", fixed.build_ms);
        json_put_real(w, "sweep_ms", fixed.sweep_ms);
    }
    decoys_done(&decoys);
    rerun_done(&fixed);
    rerun_done(&base);
    return rc;
}

/* The step ended well, so what had to fail failed and what had to pass passed. */
static int load_decoys(struct fix *f, struct json at) {
    struct proof_decoys *d = &f->proof.decoys;
    struct proof_case *cases = arena_array(&f->arena, f->proof.case_count, sizeof(*cases));
    struct json times;
    int rc = json_int(at, "decoys.runs", 0, PROOF_RUNS_MAX, &d->runs);
    if (rc == 0)
        rc = json_int(at, "decoys.spoiled", 0, PROOF_COUNT_MAX, &d->spoiled);
    if (rc == 0)
        rc = json_int(at, "decoys.left", 0, PROOF_COUNT_MAX, &d->left);
    if (rc == 0)
        rc = json_array(at, "decoys.times", &times);
    d->failed = d->spoiled;
    d->passed = d->left;
    memcpy(cases, f->proof.cases, f->proof.case_count * sizeof(*cases));
    for (size_t i = 0; rc == 0 && i < f->proof.case_count; i++) {
        rc = json_as_int(json_at(times, i), 0, PROOF_RUNS_MAX, &cases[i].decoy.runs);
        cases[i].decoy.failed = cases[i].decoy.runs;
    }
    f->proof.cases = cases;
    return rc;
}

static int load(struct fix *f, struct json at) {
    struct rerun fixed;
    const char *unmended, *lost;
    int rc = rerun_load(&fixed, fix_path(f, "fixed"));
    if (rc == 0)
        rc = weigh(f, &fixed, &unmended, &lost);
    if (rc == 0)
        rc = load_decoys(f, at);
    rerun_done(&fixed);
    return rc;
}

const struct fix_step fix_step_verify = {.name = "verify",
                                         .doing = "the tree with the change is built and swept",
                                         .run = run,
                                         .load = load};
