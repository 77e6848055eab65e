/* SPDX-License-Identifier: Apache-2.0 */
/* tool: what a client may call, as data. A const row per file in tools/; registration is the file.
 * Behind them come the verbs of git, whose rows are made of verb_table (deed.h).
 * The JSON schema that clients see and the check of what they send are made from the same rows. */
#pragma once

#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/mcp/call.h"

enum tool_type { TOOL_END, TOOL_STR, TOOL_INT, TOOL_BOOL, TOOL_LIST /* of strings */ };

struct tool_arg {
    enum tool_type type;
    const char *name;
    bool required;
    int64_t min, max; /* TOOL_INT: of the number; TOOL_STR, TOOL_LIST: of the bytes of each,
                       * max 0 = TOOL_STR_MAX */
    const char *about;
};
#define TOOL_END_ROW \
    { TOOL_END, NULL, false, 0, 0, NULL }

enum { TOOL_STR_MAX = 4096, TOOL_LIST_MAX = 1024 };

enum tool_flags {
    TOOL_WRITES = 1 << 0, /* changes something: only with --allow-write */
    TOOL_RUNS = 1 << 1,   /* runs a command of the checkout */
    TOOL_REMOTE = 1 << 2, /* talks to another machine */
    TOOL_BARE = 1 << 3,   /* of a checkout that sweeps nothing, too: c->place has arena and root */
};

struct tool {
    const char *name, *title, *about;
    unsigned flags;
    const struct tool_arg *args;
    /* Puts one JSON object into c->out. 0; CALL_RUNS, from call_command(); EXIT_FAILED: it says why
     * what was asked for was not done, and the client sees it as isError; or negative, which the
     * client sees as isError with the sentence. c->args has been checked against the rows. */
    int (*run)(struct call *c);
    const struct verb *verb; /* whose row it was made of, or NULL */
};

/* Ended by NULL. */
extern const struct tool *const tool_table[];

/* All of them in turn: tool_at(0), tool_at(1) … until NULL. */
const struct tool *tool_at(size_t i);
const struct tool *tool_find(const char *name); /* NULL when there is none */
/* Whether it is offered and may be called. */
static inline bool tool_may(const struct tool *t, bool allow_write) {
    return allow_write || !(t->flags & TOOL_WRITES);
}
/* A row of tools/list. */
void tool_describe(struct json_writer *w, const struct tool *t);
/* 0, or ERR_ARG with a sentence for whoever has to mend the call. */
int tool_check(const struct tool *t, struct json args);
