/* SPDX-License-Identifier: Apache-2.0 */
/* Our own: {"event", "command" or "path", "cwd"} and, before a commit, "message"; docs/hooks.md. */
#include "orchestrator/hook/caller.h"

/* clang-format off */
static const struct caller_event events[] = {
#define X(name, word, text) {word, HOOK_##name, HOOK_UNKNOWN},
    HOOK_EVENT_MAP(X)
#undef X
    {NULL, HOOK_STOP, HOOK_NOTHING},
};
/* clang-format on */

static const struct caller_tool tools[] = {
    {"command", HOOK_COMMAND, NULL},
    {"edit",    HOOK_EDIT,    NULL},
    {"read",    HOOK_READ,    NULL},
    {"patch",   HOOK_PATCH,   NULL},
    {NULL,      HOOK_UNKNOWN, NULL},
};

static void answer(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer given, const char *why) {
    (void)call;
    json_put_str(w, "event", event);
    json_put_str(w, "decision", given == HOOK_ALLOW ? "allow" : "deny");
    if (given != HOOK_ALLOW)
        json_put_str(w, "reason", why);
    if (given == HOOK_ERROR)
        json_put_bool(w, "error", true);
}

static const char *const paths[] = {"path", NULL};

const struct caller caller_noctule = {
    .name = "noctule",
    .keys = {.event = "event", .tool = "tool", .cwd = "cwd", .command = "command", .paths = paths},
    .events = events,
    .tools = tools,
    .answer = answer,
};
