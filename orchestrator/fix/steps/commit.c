/* SPDX-License-Identifier: Apache-2.0 */
/* One commit of the proven tree on the base, as a branch of its own: no checkout is touched. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/fix/message.h"
#include "orchestrator/git/annex.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/sweep/place.h"

enum { MESSAGE_MAX = 64 << 10 };

/* All rules over the one commit: what is pushed is held to them again, but what cannot be pushed is
 * better known here. */
static int check(struct fix *f, struct guard *guard) {
    const char *hidden = f->base;
    const struct views_ask ask = {.tip = f->commit,
                                  .hidden = &hidden,
                                  .hidden_count = 1,
                                  .upstream = guard->settings.upstream,
                                  .upstream_id = f->has_upstream ? f->base : ""};
    struct view_range range;
    struct findings found;
    if (guard_is_free(guard, f->base))
        return 0;
    int rc = guard_tip(guard, &ask, f->base, &range, &found);
    for (size_t i = 0; rc == 0 && i < found.len; i++)
        if (!found.rows[i].warning)
            rc = fix_end(f, FIX_RULES, "%s: %s", found.rows[i].rule, found.rows[i].text);
    return rc;
}

static int make(struct fix *f, struct guard *guard, struct commits *writer, const char *message) {
    char tree[REPO_HEX_SIZE];
    int rc =
        changes_apply(writer, f->proof.base_tree, f->proof.patch, strlen(f->proof.patch), tree);
    if (rc == 0)
        rc = annex_remove(writer, fix_annex(f), fix_path(f, "checkout"));
    if (rc == 0)
        rc = branch_start(writer, fix_branch(f), tree, f->base, message, f->commit);
    return rc == 0 ? check(f, guard) : rc;
}

static int run(struct fix *f, struct json_writer *w) {
    struct commits *writer = NULL;
    struct guard guard = {.root = NULL};
    struct buf message;
    buf_init(&message, MESSAGE_MAX);
    int rc = guard_open(&guard, arena_printf(&f->arena, "%s/noctule.json", f->place->root));
    if (rc == 0)
        rc = commits_open_write(&writer, f->place->root);
    if (rc == 0)
        rc = message_make(&message, &f->arena, &guard, &f->proof, f->trailers);
    if (rc == ERR_UNSUPPORTED)
        rc = fix_end(f, FIX_RULES, "%s", err_text());
    if (rc == 0)
        rc = make(f, &guard, writer, message.data);
    if (rc == 0) {
        json_put_str(w, "commit", f->commit);
        json_put_str(w, "branch", fix_branch(f));
        json_put_str(w, "message", message.data);
    }
    buf_done(&message);
    commits_close(writer);
    guard_close(&guard);
    return rc;
}

static int load(struct fix *f, struct json at) {
    const char *commit = "";
    int rc = json_str(at, "commit", &commit);
    if (rc == 0 && strlen(commit) != REPO_HEX_SIZE - 1)
        return json_fail(json_get(at, "commit"), "is no commit");
    if (rc == 0)
        memcpy(f->commit, commit, REPO_HEX_SIZE);
    return rc;
}

const struct fix_step fix_step_commit = {
    .name = "commit", .doing = "one commit is made of it", .run = run, .load = load};
