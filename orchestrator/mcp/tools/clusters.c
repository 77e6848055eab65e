/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/tool.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/sweep/cluster_print.h"

static const struct tool_arg args[] = {
    {TOOL_STR, "run", false, 0, 0, "The run; the last unless given."},
    TOOL_END_ROW,
};

static int run(struct call *c) {
    struct cluster *rows = NULL;
    struct run r;
    size_t len = 0;
    int rc = call_run(c, &r);
    if (rc == 0)
        rc = clusters_of_run(c->db, &c->place.arena, r.id, &rows, &len);
    if (rc == 0)
        cluster_print_json(&c->out, &r, rows, len);
    return rc;
}

const struct tool tool_clusters = {
    .name = "clusters",
    .title = "Causes of failures",
    .about = "What broke in a run instead of what failed: a row per cause, with how many cells and "
             "cases it broke, since when, and how to reproduce the smallest.",
    .args = args,
    .run = run,
};
