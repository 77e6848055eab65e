/* SPDX-License-Identifier: Apache-2.0 */
/* google-gemini/gemini-cli, docs/hooks/reference.md: {"decision": "allow" or "deny", "reason"};
 * exit 2 blocks with stderr as the reason, any other failure is a warning. */
#include "orchestrator/hook/caller.h"

static const struct caller_event events[] = {
    {"BeforeTool", HOOK_PRE_COMMAND, HOOK_UNKNOWN},
    {"AfterTool",  HOOK_POST_EDIT,   HOOK_UNKNOWN},
    {"AfterAgent", HOOK_STOP,        HOOK_NOTHING},
    {NULL,         HOOK_STOP,        HOOK_NOTHING},
};

static const struct caller_tool tools[] = {
    {"run_shell_command",   HOOK_COMMAND},
    {"write_file",          HOOK_EDIT   },
    {"replace",             HOOK_EDIT   },
    {"read_file",           HOOK_READ   },
    {"list_directory",      HOOK_READ   },
    {"glob",                HOOK_READ   },
    {"search_file_content", HOOK_READ   },
    {"grep_search",         HOOK_READ   },
    {"write_todos",         HOOK_NOTHING},
    {"mcp__noctule__*",     HOOK_NOTHING},
    {NULL,                  HOOK_UNKNOWN},
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    (void)event;
    (void)call;
    json_put_str(w, "decision", given == HOOK_ALLOW ? "allow" : "deny");
    if (given != HOOK_ALLOW)
        json_put_str(w, "reason", why);
}

const struct caller caller_gemini = {
    .name = "gemini",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "tool_input.command",
             .path = "tool_input.file_path",
             .other_path = "tool_input.dir_path"},
    .events = events,
    .tools = tools,
    .answer = answer,
};
