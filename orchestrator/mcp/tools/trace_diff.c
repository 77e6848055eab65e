/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/sweep/tracer.h"

enum { LIMIT_MS = 120000 };

static const struct tool_arg args[] = {
    {TOOL_STR,  "a",   true,  0, 0,
     "A trace, or a folder or file of tensors, below the checkout's root."             },
    {TOOL_STR,  "b",   true,  0, 0, "What it is compared with."                        },
    {TOOL_BOOL, "all", false, 0, 0, "Every tensor, not only those beyond their limits."},
    TOOL_END_ROW,
};

static int judge(struct call *c, const struct proc_exit *ended) {
    int rc = tracer_judge(ended->code, &c->said, &c->err);
    if (rc == 0)
        buf_add(&c->out, c->said.data, c->said.len);
    return rc;
}

static int run(struct call *c) {
    struct arena *arena = &c->place.arena;
    const char *build = c->place.build;
    const char *engine = *build == '/'
                             ? arena_printf(arena, "%s/noctule-engine", build)
                             : arena_printf(arena, "%s/%s/noctule-engine", c->place.root, build);
    const char *a = call_path(c, "a"), *b = a ? call_path(c, "b") : NULL;
    if (!b)
        return ERR_NOTFOUND;
    const struct proc_spec spec = {.argv = tracer_diff(arena, engine, a, b, call_bool(c, "all")),
                                   .cwd = c->place.root};
    return call_command(c, &spec, LIMIT_MS, CALL_OUT_MAX, TRACER_WORDS_MAX, judge);
}

const struct tool tool_trace_diff = {
    .name = "trace_diff",
    .title = "Compare two traces",
    .about = "What noctule-engine diff says of two traces or folders of tensors, stage by stage: "
             "where the first difference beyond its limit is and how large.",
    .flags = TOOL_RUNS,
    .args = args,
    .run = run,
};
