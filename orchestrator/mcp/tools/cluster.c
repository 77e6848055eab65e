/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/tool.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/sweep/cluster_print.h"

static const struct tool_arg args[] = {
    {TOOL_STR, "cluster", true,  0, 0, "Its id, or the beginning of it."                              },
    {TOOL_STR, "run",     false, 0, 0, "What it did in this run; unless given, in the newest with it."},
    TOOL_END_ROW,
};

static int run(struct call *c) {
    struct cluster found;
    struct run r = {0};
    bool given = call_str(c, "run", NULL) != NULL;
    int rc = given ? call_run(c, &r) : call_index(c);
    if (rc == 0)
        rc = clusters_find(c->db, &c->place.arena, call_str(c, "cluster", ""), r.id, &found);
    if (rc == 0)
        rc = cluster_print_one_json(&c->out, c->db, &c->place.arena, &found);
    return rc;
}

const struct tool tool_cluster = {
    .name = "cluster",
    .title = "One cause",
    .about = "Everything that is known of one cause: the diagnosis (layer, stage, op, kernel, how "
             "far off), how to reproduce it, and every case it broke.",
    .args = args,
    .run = run,
};
