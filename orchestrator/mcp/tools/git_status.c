/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/repo.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/mcp/tool.h"

static const struct tool_arg args[] = {
    TOOL_END_ROW,
};

static int run(struct call *c) {
    struct arena *arena = &c->place.arena;
    struct settings settings = {.upstream = NULL};
    struct repo_head head = {.dirty = false};
    struct json_writer w;
    int rc = repo_read_head(&head, c->place.root, "ledger");
    if (rc == 0)
        rc = settings_load(&settings, arena, arena_printf(arena, "%s/noctule.json", c->place.root));
    if (rc < 0)
        return rc;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "branch", head.branch);
    json_put_str(&w, "head", head.commit);
    json_put_str(&w, "tree", head.tree);
    json_put_bool(&w, "clean", !head.dirty);
    json_put_str(&w, "upstream", settings.upstream);
    json_close_object(&w);
    return 0;
}

const struct tool tool_git_status = {
    .name = "git_status",
    .title = "Where the checkout is",
    .about = "Branch, commit, tree, whether anything is changed, and what the upstream is called.",
    .args = args,
    .run = run,
};
