/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/mcp/tool.h"

enum { MESSAGE_BYTES_MAX = 64 << 10 };

static const struct tool_arg args[] = {
    {TOOL_STR,  "range",   false, 0, 0,
     "Commits, A..B; usually those of HEAD that the upstream lacks."                  },
    {TOOL_STR,  "message", false, 0, MESSAGE_BYTES_MAX,
     "The text of a commit message, to be checked alone."                             },
    {TOOL_BOOL, "staged",  false, 0, 0,                 "What would be committed now."},
    TOOL_END_ROW,
};

static int check_range(struct call *c, struct guard *g, struct view_range *range,
                       struct findings *found) {
    const char *words = call_str(c, "range", NULL);
    if (!words)
        return guard_range(g, NULL, "HEAD", NULL, range, found);
    const char *dots = strstr(words, "..");
    if (!dots || dots[2] == '.')
        return err_set(ERR_ARG, "range: A..B is wanted, with two dots");
    const char *from = arena_strndup(&g->arena, words, (size_t)(dots - words));
    return guard_range(g, *from ? from : "HEAD", dots[2] ? dots + 2 : "HEAD", NULL, range, found);
}

static int check(struct call *c, struct guard *g) {
    const char *message = call_str(c, "message", NULL);
    struct view_range range = {.len = 0};
    struct findings found = {.len = 0};
    struct json_writer w;
    int rc = 0;
    if (message)
        guard_message(g, message, strlen(message), false, &range, &found);
    else
        rc = call_bool(c, "staged") ? guard_staged(g, &range, &found)
                                    : check_range(c, g, &range, &found);
    if (rc == 0 && (range.len == 0 || found.asked == 0))
        rc = err_set(ERR_NOTFOUND, "no rule was asked anything, so nothing was checked");
    if (rc < 0)
        return rc;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_bool(&w, "kept", found.errors == 0);
    findings_json(&w, &range, &found);
    json_close_object(&w);
    return 0;
}

static int run(struct call *c) {
    struct guard g;
    int given = (call_str(c, "range", NULL) != NULL) + (call_str(c, "message", NULL) != NULL) +
                call_bool(c, "staged");
    if (given > 1)
        return err_set(ERR_ARG, "one of range, message and staged at a time");
    int rc = guard_open(&g, NULL);
    if (rc < 0)
        return rc;
    rc = check(c, &g);
    guard_close(&g);
    return rc;
}

const struct tool tool_rules_check = {
    .name = "rules_check",
    .title = "Hold commits to the rules",
    .about = "The commit rules of noctule.json over commits, a message or what is staged: each "
             "violation with its rule, its place and how to mend it. Builds nothing.",
    .flags = TOOL_BARE,
    .args = args,
    .run = run,
};
