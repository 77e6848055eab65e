/* SPDX-License-Identifier: Apache-2.0 */
/* openai/codex, codex-rs/hooks/src/events/pre_tool_use.rs and schema/generated: exit 2 blocks only
 * when stderr says something; JSON is read at exit 0; a permissionDecision of "allow" without an
 * updatedInput is an invalid answer, so letting through says nothing. */
#include "orchestrator/hook/caller.h"

static const struct caller_event events[] = {
    {"PreToolUse",   HOOK_PRE_COMMAND, HOOK_UNKNOWN},
    {"PostToolUse",  HOOK_POST_EDIT,   HOOK_UNKNOWN},
    {"Stop",         HOOK_STOP,        HOOK_NOTHING},
    {"SubagentStop", HOOK_STOP,        HOOK_NOTHING},
    {NULL,           HOOK_STOP,        HOOK_NOTHING},
};

/* Shells of every kind are given as "Bash", with tool_input.command; apply_patch has its patch
 * there. What is typed into a shell that runs already (write_stdin) is a tool we do not know. */
static const struct caller_tool tools[] = {
    {"Bash",            HOOK_COMMAND, NULL},
    {"apply_patch",     HOOK_PATCH,   NULL},
    {"update_plan",     HOOK_NOTHING, NULL},
    {"mcp__noctule__*", HOOK_NOTHING, NULL},
    {NULL,              HOOK_UNKNOWN, NULL},
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    if (given == HOOK_ALLOW)
        return;
    if (call->event == HOOK_PRE_COMMAND) {
        json_open_object(w, "hookSpecificOutput");
        json_put_str(w, "hookEventName", event);
        json_put_str(w, "permissionDecision", "deny");
        json_put_str(w, "permissionDecisionReason", why);
        json_close_object(w);
        return;
    }
    json_put_str(w, "decision", "block");
    json_put_str(w, "reason", why);
}

static const char *const folders[] = {"tool_input.workdir", "tool_input.cwd", NULL};

const struct caller caller_codex = {
    .name = "codex",
    .keys = {.event = "hook_event_name",
             .tool = "tool_name",
             .cwd = "cwd",
             .command = "tool_input.command",
             .folders = folders,
             .input = "tool_input"},
    .events = events,
    .tools = tools,
    .answer = answer,
};
