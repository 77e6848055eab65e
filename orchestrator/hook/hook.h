/* SPDX-License-Identifier: Apache-2.0 */
/* hook: a point at which something may be stopped, and what stands there.
 *
 * JSON in, a decision out. A hook that cannot decide refuses: whatever goes wrong here is an ERR_,
 * and the caller turns it into a refusal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/shell/allow.h"
#include "orchestrator/shell/scope.h"

#define HOOK_EVENT_MAP(X)                                                                \
    X(PRE_COMMAND, "pre-command", "a command is about to run, or a file to be changed")  \
    X(POST_EDIT, "post-edit", "a file was changed")                                      \
    X(BEFORE_COMMIT, "before-commit", "what is staged is about to be committed")         \
    X(BEFORE_PUSH, "before-push", "commits are about to be pushed")                      \
    X(BEFORE_PR, "before-pr", "a pull request is about to be opened")                    \
    X(AFTER_RUN, "after-run", "a sweep has ended")                                       \
    X(ON_NEW_FAILURE, "on-new-failure", "a case fails that passed in the reference run") \
    X(ON_FIXED, "on-fixed", "a case passes that failed in the reference run")            \
    X(STOP, "stop", "whoever works here wants to end")

enum hook_event {
#define X(name, word, text) HOOK_##name,
    HOOK_EVENT_MAP(X)
#undef X
};

enum hook_answer { HOOK_ALLOW, HOOK_DENY, HOOK_ERROR };

/* What the caller's program wants to do. */
enum hook_use {
    HOOK_NOTHING, /* nothing that a hook of ours judges */
    HOOK_COMMAND, /* run text */
    HOOK_EDIT,    /* write path */
    HOOK_READ,    /* read path */
    HOOK_PATCH,   /* text: a patch that names files, "*** Update File: PATH" */
    HOOK_UNKNOWN, /* a tool that we do not know */
};

enum { HOOK_PATHS_MAX = 6 };

/* One call, whoever made it; strings are borrowed from the parsed input. */
struct hook_call {
    enum hook_event event;
    const char *dialect, *tool; /* tool: as its program calls it, "" when it has none */
    enum hook_use use;
    const char *text, *path;               /* "" when there is none */
    const char *paths[HOOK_PATHS_MAX + 1]; /* all that are given, NULL behind the last */
    const char *pattern;                   /* of names to read, or NULL */
    const char *folder;                    /* where a command runs, from cwd, or NULL */
    const char *cwd;                       /* "" = root */
    struct json input;
};

/* What holds for every call. */
struct hook_setup {
    const char *root;             /* absolute, without symbolic links; rules and scripts of it */
    enum allow_level level;       /* of commands */
    const char *const *read_only; /* globs, or NULL */
    const char *const *editable;  /* the same */
    int script_ms;                /* time limit of each script of a user */
};

const char *hook_event_name(enum hook_event event);
/* ERR_ARG naming the events there are. */
int hook_event_parse(enum hook_event *out, const char *word);
const char *hook_answer_name(enum hook_answer answer);

/* Decides, and says why into `why` when it is HOOK_DENY. 0 or a negative ERR_: nobody knows, so
 * the caller refuses. */
int hook_decide(const struct hook_call *call, const struct hook_setup *setup,
                enum hook_answer *answer, struct buf *why);
