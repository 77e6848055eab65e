/* SPDX-License-Identifier: Apache-2.0 */
/* The negative control: without the change it still fails, on the same day and the same machine.
 * What is mended by a rebase, a reboot or luck is not mended by the change. */
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/weigh.h"

static int run(struct fix *f, struct json_writer *w) {
    struct rerun control;
    const char *passes = "";
    const struct fix_sweep sweep = {
        .tree = f->proof.base_tree, .label = "control", .built = "base"};
    int rc = fix_rerun(f, &control, &sweep);
    if (rc == 0 && *control.why)
        rc = fix_end(f, FIX_UNCONTROLLED, "without the change: %s", control.why);
    if (rc == 0)
        weigh_control(&f->proof, &f->arena, &control, &passes);
    if (rc == 0 && *passes)
        rc = fix_end(f, FIX_UNCONTROLLED, "%s does not fail any more without the change", passes);
    if (rc == 0)
        json_put_real(w, "sweep_ms", control.sweep_ms);
    rerun_done(&control);
    return rc;
}

static int load(struct fix *f, struct json at) {
    struct rerun control;
    const char *passes;
    (void)at;
    int rc = rerun_load(&control, fix_path(f, "control"));
    if (rc == 0)
        weigh_control(&f->proof, &f->arena, &control, &passes);
    rerun_done(&control);
    return rc;
}

const struct fix_step fix_step_control = {.name = "control",
                                          .doing =
                                              "the base is swept once more, without the change",
                                          .run = run,
                                          .load = load};
