/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/git/sightings.h"
#include "orchestrator/verb/verb.h"

struct options {
    const char *onto;
    bool dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "onto",    0, offsetof(struct options, onto),    "COMMIT", 0, 0,
     "The new base; usually the upstream, as it was fetched last."},
    {OPT_FLAG, "dry-run", 0, offsetof(struct options, dry_run), NULL,     0, 0,
     "Say what would come of it; nothing is written."             },
    OPT_END_ROW,
};

static int replay(struct verb_desk *d, const struct options *o, const struct branch *b,
                  const char *onto, struct replay *r, struct json_writer *w) {
    int rc = replay_onto(o->dry_run ? d->guard.commits : d->commits, d->arena, b->id, onto, r);
    if (rc < 0)
        return rc;
    json_put_str(w, "branch", b->name);
    json_put_str(w, "old", b->id);
    json_put_str(w, "onto", onto);
    if (r->conflict_count) {
        verb_put_conflicts(w, r);
        return EXIT_FAILED;
    }
    json_put_str(w, "new", r->tip);
    json_put_int(w, "picked", (int64_t)r->picked);
    json_put_int(w, "dropped", (int64_t)r->dropped);
    return 0;
}

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    char onto[REPO_HEX_SIZE];
    struct replay r = {.picked = 0};
    struct branch b;
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = verb_upstream(d, o->onto, onto);
    if (rc == 0)
        rc = replay(d, o, &b, onto, &r, w);
    if (rc != 0)
        return rc;
    bool moves = strcmp(r.tip, b.id) != 0;
    json_put_bool(w, "moved", moves && !o->dry_run);
    if (!moves || o->dry_run)
        return 0;
    rc = sightings_may_drop(d->commits, d->published, d->arena, b.id, r.tip);
    return rc == 0 ? branch_move(d->commits, &b, r.tip, "rebase") : rc;
}

const struct verb verb_rebase = {
    .name = "rebase",
    .summary =
        "Makes the commits of the branch anew on the upstream, in memory; a conflict is told "
        "and changes nothing.",
    .writes = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
