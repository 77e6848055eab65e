/* SPDX-License-Identifier: Apache-2.0 */
/* tool: what a client may call, as data. A const row per file in tools/; registration is the file.
 * The JSON schema that clients see and the check of what they send are made from the same rows. */
#pragma once

#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/mcp/call.h"

enum tool_type { TOOL_END, TOOL_STR, TOOL_INT, TOOL_BOOL };

struct tool_arg {
    enum tool_type type;
    const char *name;
    bool required;
    int64_t min, max; /* TOOL_INT: of the number; TOOL_STR: of its bytes, max 0 = TOOL_STR_MAX */
    const char *about;
};
#define TOOL_END_ROW \
    { TOOL_END, NULL, false, 0, 0, NULL }

enum { TOOL_STR_MAX = 4096 };

enum tool_flags {
    TOOL_WRITES = 1 << 0, /* changes something: only with --allow-write */
    TOOL_RUNS = 1 << 1,   /* runs a command of the checkout */
};

struct tool {
    const char *name, *title, *about;
    unsigned flags;
    const struct tool_arg *args;
    /* Puts one JSON object into c->out. 0; or negative, which the client sees as isError with the
     * sentence. c->args has been checked against the rows. */
    int (*run)(struct call *c);
};

/* Ended by NULL. */
extern const struct tool *const tool_table[];

/* NULL when there is none, or it writes and must not. */
const struct tool *tool_find(const char *name, bool allow_write);
/* A row of tools/list. */
void tool_describe(struct json_writer *w, const struct tool *t);
/* 0, or ERR_ARG with a sentence for whoever has to mend the call. */
int tool_check(const struct tool *t, struct json args);
