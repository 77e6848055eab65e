/* SPDX-License-Identifier: Apache-2.0 */
/* view: what the rules see of a commit: plain data, whoever read it, and whether it is a commit
 * yet. Borrowed by the rules, owned by the arena of whoever made it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/policy/message.h"

/* What of a view is filled in; a rule that needs more is not asked. */
enum view_part {
    VIEW_MESSAGE = 1 << 0,
    VIEW_AUTHOR = 1 << 1,
    VIEW_CHANGES = 1 << 2,
    VIEW_FILES = 1 << 3,   /* those that a rule wants to see whether they changed or not */
    VIEW_HISTORY = 1 << 4, /* of a range */
    VIEW_BUILD = 1 << 5,
};

/* Modes of files as git writes them; 0 = there is none. */
enum view_mode {
    VIEW_PLAIN = 0100644,
    VIEW_EXECUTABLE = 0100755,
    VIEW_LINK = 0120000,
    VIEW_SUBMODULE = 0160000,
};

enum { VIEW_TEXT_MAX = 4 << 20 }; /* bytes of a file that rules may read */

struct view_line {
    size_t number; /* in the new file, from 1 */
    const char *text;
    size_t len;
};

struct view_change {
    const char *path;
    const char *misnamed; /* why nothing may be called that; NULL when it may */
    unsigned old_mode, mode;
    int64_t size;          /* bytes of the new file */
    size_t added, removed; /* lines */
    bool binary;
    const char *text; /* [len] the new file; NULL when it is gone, binary, or over VIEW_TEXT_MAX */
    size_t len;
    struct view_line *lines; /* [line_count] those that were added */
    size_t line_count;
};

/* A file of the tree that a rule asked for by its path. */
struct view_file {
    const char *path;
    unsigned mode;
    const char *target; /* of a link, else "" */
};

struct view_build {
    const char *command; /* the one that failed; NULL = all went well */
    const char *tail;    /* the end of what it said */
};

struct view {
    unsigned parts;
    const char *id; /* 40 digits; "" = no commit yet */
    bool merge;     /* it has several parents */
    struct message message;
    const char *author, *author_email, *committer_email;
    struct view_change *changes; /* [change_count] against the first parent, then of a merge
                                  * those that its author made */
    size_t change_count;
    struct view_file *files; /* [file_count] */
    size_t file_count;
    struct view_build build;
};

/* Commits in order, and where they stand. */
struct view_range {
    struct view *commits; /* [len] */
    size_t len;
    const char *upstream; /* what it should be based on, as the user named it; "" = nothing known */
    size_t behind;        /* commits of the upstream that the range lacks */
};
