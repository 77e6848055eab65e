/* SPDX-License-Identifier: Apache-2.0 */
/* The tree with the change is built and swept: what failed passes, and nothing else is lost. */
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/weigh.h"

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

static int run(struct fix *f, struct json_writer *w) {
    struct rerun fixed;
    int rc = fix_rerun(f, &fixed, f->proof.fixed_tree, "fixed", NULL, !f->options->cells_only);
    if (rc == 0)
        rc = judge(f, &fixed);
    if (rc == 0) {
        json_put_int(w, "kept", f->proof.kept.after);
        json_put_real(w, "build_ms", fixed.build_ms);
        json_put_real(w, "sweep_ms", fixed.sweep_ms);
    }
    rerun_done(&fixed);
    return rc;
}

static int load(struct fix *f, struct json at) {
    struct rerun fixed;
    const char *unmended, *lost;
    (void)at;
    int rc = rerun_load(&fixed, fix_path(f, "fixed"));
    if (rc == 0)
        rc = weigh(f, &fixed, &unmended, &lost);
    rerun_done(&fixed);
    return rc;
}

const struct fix_step fix_step_verify = {.name = "verify",
                                         .doing = "the tree with the change is built and swept",
                                         .run = run,
                                         .load = load};
