/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/replay.h"
#include "orchestrator/git/sightings.h"
#include "orchestrator/verb/verb.h"

struct options {
    const char *onto, *message;
    bool dry_run;
};

static const struct opt opts[] = {
    {OPT_STR,  "onto",    0,   offsetof(struct options, onto),    "COMMIT", 0, 0,
     "What the branch began from; usually the upstream."        },
    {OPT_STR,  "message", 'm', offsetof(struct options, message), "TEXT",   0, 0,
     "The message of the one commit; usually that of the first."},
    {OPT_FLAG, "dry-run", 0,   offsetof(struct options, dry_run), NULL,     0, 0,
     "Say what would come of it; nothing is written."           },
    OPT_END_ROW,
};

static int run(struct verb_desk *d, const void *options, struct json_writer *w) {
    const struct options *o = options;
    char onto[REPO_HEX_SIZE], id[REPO_HEX_SIZE];
    size_t count = 0;
    struct branch b;
    int rc = branch_read(d->commits, &b);
    if (rc == 0)
        rc = verb_upstream(d, o->onto, onto);
    if (rc == 0)
        rc = replay_squash(o->dry_run ? d->guard.commits : d->commits, b.id, onto, o->message, id,
                           &count);
    if (rc < 0)
        return rc;
    bool moves = strcmp(id, b.id) != 0;
    json_put_str(w, "branch", b.name);
    json_put_str(w, "old", b.id);
    json_put_str(w, "new", id);
    json_put_int(w, "commits", (int64_t)count);
    json_put_bool(w, "moved", moves && !o->dry_run);
    if (!moves || o->dry_run)
        return 0;
    rc = sightings_may_drop(d->commits, d->published, d->arena, b.id, id);
    return rc == 0 ? branch_move(d->commits, &b, id, "squash") : rc;
}

const struct verb verb_squash = {
    .name = "squash",
    .summary = "Makes one commit of the branch: the tree of its tip on the merge base.",
    .writes = true,
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
