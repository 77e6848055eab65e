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
    {"run_shell_command",   HOOK_COMMAND, NULL                },
    {"write_file",          HOOK_EDIT,    NULL                },
    {"replace",             HOOK_EDIT,    NULL                },
    {"read_file",           HOOK_READ,    NULL                },
    {"list_directory",      HOOK_READ,    NULL                },
    {"glob",                HOOK_READ,    "tool_input.pattern"},
    {"search_file_content", HOOK_READ,    "tool_input.include"},
    {"grep_search",         HOOK_READ,    "tool_input.include"},
    {"write_todos",         HOOK_NOTHING, NULL                },
    {"mcp__noctule__*",     HOOK_NOTHING, NULL                },
    {NULL,                  HOOK_UNKNOWN, NULL                },
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    (void)event;
    (void)call;
    json_put_str(w, "decision", given == HOOK_ALLOW ? "allow" : "deny");
    if (given != HOOK_ALLOW)
        json_put_str(w, "reason", why);
}

static const char *const paths[] = {"tool_input.file_path", "tool_input.path",
                                    "tool_input.dir_path", "tool_input.absolute_path", NULL};
static const char *const folders[] = {"tool_input.directory", "tool_input.dir_path", NULL};

const struct caller caller_gemini = {
    .name = "gemini",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "tool_input.command",
             .paths = paths,
             .folders = folders,
             .input = "tool_input"},
    .events = events,
    .tools = tools,
    .answer = answer,
};
