/* SPDX-License-Identifier: Apache-2.0 */
/* caller: how one program writes what it asks a hook, and reads what it answers. One const row
 * per file in callers/; each says where its form is written down. */
#pragma once

#include <stddef.h>

#include "orchestrator/hook/hook.h"

struct caller_event {
    const char *name; /* as the program calls it; NULL ends the rows */
    enum hook_event event;
    /* What every call of this event is, when it has no tool; else HOOK_UNKNOWN. */
    enum hook_use use;
};

struct caller_tool {
    const char *name; /* NULL ends the rows; "mcp__noctule__*" is what begins so */
    enum hook_use use;
    const char *pattern; /* the member that holds a pattern of names, or NULL */
};

/* Members of the input, dotted; NULL where the dialect has none. */
struct caller_keys {
    const char *event, *tool, *cwd, *command;
    const char *const *paths;   /* each that a call gives is judged; NULL-terminated, or NULL */
    const char *const *folders; /* where a command is run; the same, one of them at most */
    const char *input;          /* the object of what the tool is given */
};

struct caller {
    const char *name;
    struct caller_keys keys;
    const struct caller_event *events;
    const struct caller_tool *tools; /* NULL: it has none */
    /* Into the open object. event: as the program calls it. */
    void (*answer)(struct json_writer *w, const char *event, const struct hook_call *call,
                   enum hook_answer answer, const char *why);
};

/* ERR_ARG naming the dialects there are. */
int caller_find(const struct caller **out, const char *name);
/* What input asks. ERR_FORMAT when it is not of this dialect or speaks of another event. *out
 * borrows from input. */
int caller_read(struct hook_call *out, const struct caller *d, enum hook_event event,
                struct json input);
/* One line of JSON. */
void caller_answer(struct buf *out, const struct caller *d, const struct hook_call *call,
                   enum hook_answer answer, const char *why);
