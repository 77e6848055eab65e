/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/verb/verb.h"

struct options {
    const char *onto;
};

static const struct opt opts[] = {
    {OPT_STR, "onto", 0, offsetof(struct options, onto), "COMMIT", 0, 0,
     "What it would be rebased on; usually the upstream."},
    OPT_END_ROW,
};

/* The read-only handle: nothing that the attempt makes reaches the disk. */
static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    char onto[REPO_HEX_SIZE];
    struct replay r = {.picked = 0};
    struct branch b;
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = verb_upstream(d, o->onto, onto);
    if (rc == 0)
        rc = replay_onto(d->guard.commits, d->arena, b.id, onto, &r);
    if (rc < 0)
        return rc;
    json_put_str(w, "branch", b.name);
    json_put_str(w, "onto", onto);
    verb_put_conflicts(w, &r);
    return r.conflict_count ? EXIT_FAILED : 0;
}

const struct verb verb_report_conflict = {
    .name = "report-conflict",
    .summary = "Says per file what a rebase would conflict in, with both sides; writes nothing.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
