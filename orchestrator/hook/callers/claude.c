/* SPDX-License-Identifier: Apache-2.0 */
/* code.claude.com/docs/en/hooks, as of August 2026, "Exit codes" and "JSON output": exit 2 blocks
 * and stderr is the reason; every other failure of a hook lets the action go on. */
#include "orchestrator/hook/caller.h"

static const struct caller_event events[] = {
    {"PreToolUse",   HOOK_PRE_COMMAND, HOOK_UNKNOWN},
    {"PostToolUse",  HOOK_POST_EDIT,   HOOK_UNKNOWN},
    {"Stop",         HOOK_STOP,        HOOK_NOTHING},
    {"SubagentStop", HOOK_STOP,        HOOK_NOTHING},
    {NULL,           HOOK_STOP,        HOOK_NOTHING},
};

static const struct caller_tool tools[] = {
    {"Bash",            HOOK_COMMAND},
    {"Write",           HOOK_EDIT   },
    {"Edit",            HOOK_EDIT   },
    {"MultiEdit",       HOOK_EDIT   },
    {"NotebookEdit",    HOOK_EDIT   },
    {"Read",            HOOK_READ   },
    {"Grep",            HOOK_READ   },
    {"Glob",            HOOK_READ   },
    {"LS",              HOOK_READ   },
    {"TodoWrite",       HOOK_NOTHING},
    {"mcp__noctule__*", HOOK_NOTHING},
    {NULL,              HOOK_UNKNOWN},
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    bool before = call->event == HOOK_PRE_COMMAND;
    if (before) {
        json_open_object(w, "hookSpecificOutput");
        json_put_str(w, "hookEventName", event);
        json_put_str(w, "permissionDecision", given == HOOK_ALLOW ? "allow" : "deny");
        if (given != HOOK_ALLOW)
            json_put_str(w, "permissionDecisionReason", why);
        json_close_object(w);
    } else if (given != HOOK_ALLOW) {
        json_put_str(w, "decision", "block");
        json_put_str(w, "reason", why);
    }
}

const struct caller caller_claude = {
    .name = "claude",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "tool_input.command",
             .path = "tool_input.file_path",
             .other_path = "tool_input.path"},
    .events = events,
    .tools = tools,
    .answer = answer,
};
