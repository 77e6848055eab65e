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
    {"Bash",            HOOK_COMMAND, NULL                },
    {"Write",           HOOK_EDIT,    NULL                },
    {"Edit",            HOOK_EDIT,    NULL                },
    {"MultiEdit",       HOOK_EDIT,    NULL                },
    {"NotebookEdit",    HOOK_EDIT,    NULL                },
    {"Read",            HOOK_READ,    NULL                },
    {"Grep",            HOOK_READ,    "tool_input.glob"   },
    {"Glob",            HOOK_READ,    "tool_input.pattern"},
    {"LS",              HOOK_READ,    NULL                },
    {"TodoWrite",       HOOK_NOTHING, NULL                },
    {"mcp__noctule__*", HOOK_NOTHING, NULL                },
    {NULL,              HOOK_UNKNOWN, NULL                },
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

static const char *const paths[] = {"tool_input.file_path", "tool_input.path",
                                    "tool_input.notebook_path", NULL};

const struct caller caller_claude = {
    .name = "claude",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "tool_input.command",
             .paths = paths,
             .input = "tool_input"},
    .events = events,
    .tools = tools,
    .answer = answer,
};
