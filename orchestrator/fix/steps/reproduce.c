/* SPDX-License-Identifier: Apache-2.0 */
/* The base is built and swept: what is to be mended must fail there, and the same way. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/weigh.h"

/* The failure of the run, or at least of its cause: where numbers are in a sentence, another
 * commit may fail in other words for the same reason. */
static int is_same(struct fix *f, const struct rerun *base, bool *same) {
    const struct cluster *c = &f->target.cluster;
    const struct rerun_case *primary = rerun_find(base, c->cell_name, c->case_name);
    const char *cause;
    *same = primary && strcmp(primary->signature, f->target.signature) == 0;
    if (*same || !primary)
        return 0;
    int rc = rerun_cause(&f->arena, fix_path(f, "base"), c->cell_name, c->case_name, &cause);
    *same = rc == 0 && strcmp(cause, c->hash) == 0;
    return rc;
}

static int judge(struct fix *f, const struct rerun *base) {
    const struct cluster *c = &f->target.cluster;
    const struct rerun_case *primary = rerun_find(base, c->cell_name, c->case_name);
    bool same;
    if (!weigh_base(&f->proof, &f->arena, &f->target, base))
        return fix_end(f, FIX_NOT_REPRODUCED, "%s in %s fails in %lld of %lld runs of %.12s",
                       c->case_name, c->cell_name, primary ? (long long)primary->same : 0,
                       (long long)base->runs, f->base);
    int rc = is_same(f, base, &same);
    if (rc == 0 && !same)
        return fix_end(f, FIX_NOT_REPRODUCED, "%s in %s fails for another reason at %.12s: %s",
                       c->case_name, c->cell_name, f->base, primary ? primary->message : "");
    return rc;
}

static int run(struct fix *f, struct json_writer *w) {
    struct rerun base;
    const struct fix_sweep sweep = {
        .tree = f->proof.base_tree, .label = "base", .everything = true};
    int rc = fix_rerun(f, &base, &sweep);
    if (rc == 0 && *base.why)
        rc = fix_end(f, FIX_UNBUILDABLE, "the base %.12s: %s", f->base, base.why);
    if (rc == 0)
        rc = judge(f, &base);
    if (rc == 0) {
        f->proof.sandbox = sandbox_level_name(base.sandbox.level);
        json_put_str(w, "sandbox", f->proof.sandbox);
        json_put_int(w, "cases", (int64_t)base.len);
        json_put_int(w, "to_mend", (int64_t)f->proof.case_count);
        json_put_real(w, "build_ms", base.build_ms);
        json_put_real(w, "sweep_ms", base.sweep_ms);
    }
    rerun_done(&base);
    return rc;
}

static int load(struct fix *f, struct json at) {
    struct rerun base;
    const char *level = "";
    int rc = json_str(at, "sandbox", &level);
    f->proof.sandbox = arena_strdup(&f->arena, level);
    if (rc == 0)
        rc = rerun_load(&base, fix_path(f, "base"));
    if (rc == 0 && !weigh_base(&f->proof, &f->arena, &f->target, &base))
        rc = err_set(ERR_FORMAT, "%s is not what it was; --fresh begins again", f->folder);
    rerun_done(&base);
    return rc;
}

const struct fix_step fix_step_reproduce = {
    .name = "reproduce", .doing = "the base is built and swept", .run = run, .load = load};
