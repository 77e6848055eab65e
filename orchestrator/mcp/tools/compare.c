/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/tool.h"
#include "orchestrator/sweep/compare.h"

static const struct tool_arg args[] = {
    {TOOL_STR, "before", false, 0, 0,
     "The run to compare with; usually the one that is its reference."       },
    {TOOL_STR, "now",    false, 0, 0, "The later run; the last unless given."},
    TOOL_END_ROW,
};

static int find_runs(struct call *c, struct run *before, struct run *now) {
    struct arena *arena = &c->place.arena;
    const char *word = call_str(c, "before", NULL);
    int rc = call_index(c);
    if (rc == 0)
        rc = runs_find(c->db, arena, call_str(c, "now", "last"), now);
    if (rc < 0)
        return rc;
    return word ? runs_find(c->db, arena, word, before)
                : runs_reference(c->db, arena, now->subject, now->scope, now->id, before);
}

static int run(struct call *c) {
    struct compare compared;
    struct run before = {0}, now = {0};
    int rc = find_runs(c, &before, &now);
    if (rc == 0)
        rc = compare_runs(&compared, c->db, &c->place.arena, &before, &now);
    if (rc == 0)
        compare_print_json(&c->out, &compared);
    return rc;
}

const struct tool tool_compare = {
    .name = "compare",
    .title = "What changed",
    .about = "Two runs case by case: every case whose verdict changed or that fails in both, how "
             "many of which kind, and what got slower or less exact while it passed.",
    .args = args,
    .run = run,
};
