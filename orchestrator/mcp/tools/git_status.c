/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/guard/standing.h"
#include "orchestrator/mcp/deed.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/verb/verb.h"

static const struct tool_arg args[] = {
    TOOL_END_ROW,
};

/* What `noctule git status` says beyond that. It wants a branch; who bisects has none, and is told
 * why there is no more. */
static void put_branch(struct call *c, struct json_writer *w) {
    static const char *const keys[] = {"operation", "upstream_id", "ahead",  "behind",
                                       "published", "lease",       "staged", "changed",
                                       "untracked", "conflicted"};
    struct json_doc *doc = NULL;
    struct buf said;
    buf_init(&said, CALL_OUT_MAX);
    int rc = deed_answer(c, verb_find("status"), &said);
    if (rc == 0)
        rc = json_parse(&doc, said.data, said.len, "status", 0);
    for (size_t i = 0; rc == 0 && i < sizeof(keys) / sizeof(*keys); i++) {
        struct json v = json_member(json_root(doc), keys[i]);
        if (v.node)
            json_put_json(w, keys[i], v);
    }
    if (rc < 0)
        json_put_str(w, "incomplete", err_text());
    json_free(doc);
    buf_done(&said);
}

static int answer(struct call *c, const struct proc_exit *ended) {
    struct arena *arena = &c->place.arena;
    struct standing standing = {.changed = NULL};
    struct commits *commits = NULL;
    struct repo_head head = {.dirty = false};
    struct json_writer w;
    (void)ended;
    int rc = repo_read_head(&head, c->place.root, repo_records);
    if (rc == 0)
        rc = commits_open(&commits, c->place.root);
    if (rc == 0)
        rc = standing_load(&standing, arena, commits, c->place.root);
    commits_close(commits);
    if (rc < 0)
        return rc;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "branch", head.branch);
    json_put_str(&w, "head", head.commit);
    json_put_str(&w, "tree", head.tree);
    json_put_bool(&w, "clean", !head.dirty);
    json_put_str(&w, "upstream", standing.settings.upstream);
    if (standing.changed)
        json_put_str(&w, "unheeded", standing.changed);
    put_branch(c, &w);
    json_close_object(&w);
    return 0;
}

static int run(struct call *c) {
    return deed_do(c, verb_find("status"), c->args, answer);
}

const struct tool tool_git_status = {
    .name = "git_status",
    .title = "Where the checkout is",
    .about = "Branch, commit, tree, what is staged, changed, untracked or in conflict, and how the "
             "branch lies to its upstream.",
    .flags = TOOL_BARE,
    .args = args,
    .run = run,
};
