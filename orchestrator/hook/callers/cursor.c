/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.com/docs/agent/hooks, read through cupcake.eqtylab.io/reference/harnesses/cursor: an event
 * of its own for each kind of action, {"permission", "user_message", "agent_message"}; exit 2
 * denies, any other failure lets go unless "failClosed" is set. After an edit nothing can be
 * stopped, and the end is only given something more to do. */
#include "orchestrator/hook/caller.h"

static const struct caller_event events[] = {
    {"beforeShellExecution", HOOK_PRE_COMMAND, HOOK_COMMAND},
    {"beforeReadFile",       HOOK_PRE_COMMAND, HOOK_READ   },
    {"beforeMCPExecution",   HOOK_PRE_COMMAND, HOOK_UNKNOWN},
    {"afterFileEdit",        HOOK_POST_EDIT,   HOOK_EDIT   },
    {"stop",                 HOOK_STOP,        HOOK_NOTHING},
    {NULL,                   HOOK_STOP,        HOOK_NOTHING},
};

static const struct caller_tool tools[] = {
    {"mcp__noctule__*", HOOK_NOTHING, NULL},
    {NULL,              HOOK_UNKNOWN, NULL},
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    (void)event;
    if (call->event == HOOK_STOP) {
        if (given != HOOK_ALLOW)
            json_put_str(w, "followup_message", why);
        return;
    }
    json_put_str(w, "permission", given == HOOK_ALLOW ? "allow" : "deny");
    if (given == HOOK_ALLOW)
        return;
    json_put_str(w, "user_message", why);
    json_put_str(w, "agent_message", why);
}

static const char *const paths[] = {"file_path", NULL};

const struct caller caller_cursor = {
    .name = "cursor",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "command",
             .paths = paths},
    .events = events,
    .tools = tools,
    .answer = answer,
};
