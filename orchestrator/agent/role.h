/* SPDX-License-Identifier: Apache-2.0 */
/* role: one Markdown file of agents/, compiled to what it may do.
 *
 * The front matter is YAML that Claude Code loads too; what is ours stands below its key
 * `noctule`. The text behind it is for whoever plays the role and grants nothing. The file may
 * come from anywhere, so its size, depth and numbers have limits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"

enum { ROLE_FILE_MAX = 256 << 10, ROLE_LIST_MAX = 256 };

/* What a role can be given. The last column is what Claude Code calls it. */
#define ROLE_TOOL_MAP(X)                                       \
    X(READ, "read", "Read")                                    \
    X(SEARCH, "search", "Grep")                                \
    X(LIST, "list", "Glob")                                    \
    X(EDIT, "edit", "Edit")                                    \
    X(WRITE, "write", "Write")                                 \
    X(SHELL, "shell", "Bash")                                  \
    X(RUN_CASE, "run_case", "mcp__noctule__run_case")          \
    X(TRACE_DIFF, "trace_diff", "mcp__noctule__trace_diff")    \
    X(GIT_STATUS, "git_status", "mcp__noctule__git_status")    \
    X(GIT_FETCH, "git_fetch", "mcp__noctule__git_fetch")       \
    X(GIT_COMMIT, "git_commit", "mcp__noctule__git_commit")    \
    X(GIT_REBASE, "git_rebase", "mcp__noctule__git_rebase")    \
    X(GIT_SQUASH, "git_squash", "mcp__noctule__git_squash")    \
    X(GIT_PUSH, "git_push", "mcp__noctule__git_push")          \
    X(GIT_OPEN_PR, "git_open_pr", "mcp__noctule__git_open_pr") \
    X(GIT_REPORT, "git_report_conflict", "mcp__noctule__git_report_conflict")

enum role_tool {
#define X(name, word, claude) ROLE_##name,
    ROLE_TOOL_MAP(X)
#undef X
        ROLE_TOOLS
};

enum role_network {
    ROLE_NETWORK_NONE,   /* nothing */
    ROLE_NETWORK_MODEL,  /* the metering proxy and nothing else */
    ROLE_NETWORK_REMOTE, /* verbs that run outside of the sandbox use the configured remote */
};

struct role_budget {
    int64_t seconds, turns, tokens, output_bytes;
    double usd;
};

struct role {
    struct arena arena;
    const char *file; /* as messages call it */
    const char *name, *description;
    const char *text;                 /* behind the front matter; NUL-terminated */
    size_t text_line;                 /* the line of the file it begins at */
    uint32_t tools;                   /* bits 1 << enum role_tool */
    const char **edit;                /* NULL-terminated path prefixes */
    const char **read_only;           /* with all of tests and tolerances */
    const char **tests, **tolerances; /* what a change of them is called: edits_test … */
    bool records;                     /* what is tried and held is noted down, not refused */
    enum role_network network;
    struct role_budget budget;   /* 0 = not given */
    int64_t files, lines, bytes; /* caps of the diff; 0 = not given */
};

const char *role_tool_name(enum role_tool tool);
const char *role_tool_claude(enum role_tool tool);
const char *role_network_name(enum role_network network);
static inline bool role_has(const struct role *r, enum role_tool tool) {
    return r->tools >> tool & 1;
}

/* name is for messages. 0; ERR_FORMAT with file, line and what is wrong; ERR_LIMIT. */
int role_parse(struct role *out, const char *text, size_t len, const char *name);
int role_load(struct role *out, const char *path); /* also ERR_NOTFOUND, ERR_IO */
void role_done(struct role *r);                    /* copes with a zeroed struct */

/* README.md stands beside roles and is none. */
bool role_is_readme(const char *path);

/* All FOLDER/X.md but README.md, by name. 0, ERR_NOTFOUND when there is none, or as role_load(). */
struct roles {
    struct role *items; /* [len] */
    size_t len;
};
int roles_load(struct roles *out, const char *folder);
void roles_done(struct roles *r);
