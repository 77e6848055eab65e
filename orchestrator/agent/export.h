/* SPDX-License-Identifier: Apache-2.0 */
/* export: the role files in the forms that coding agents read, all from the one source.
 *
 * The forms are for people who work on a checkout with an agent of their own; they guide. What
 * holds is the sandbox and the judgement of the tree. Every hook of theirs is `noctule hook`. */
#pragma once

#include <stddef.h>

struct buf;
struct roles;

/* One file of the export. */
struct export_file {
    char *path; /* below the folder, ".claude/agents/git.md" */
    char *text;
};
struct export {
    struct export_file *files; /* [len] */
    size_t len;
};

/* Hooks have what the role may: its level of commands, what it may edit and may not. session: the
 * role that a whole session plays, where hooks belong to none; NULL: what holds whichever of them
 * is played. 0, or ERR_NOTFOUND when there is no such role. */
int export_make(struct export *out, const struct roles *roles, const char *session);
void export_done(struct export *e);
/* Writes below folder. A file that is a link there is somebody's decision: it is left alone, and
 * its path appended to `left`. 0 or ERR_IO. */
int export_write(const struct export *e, const char *folder, struct buf *left);
/* Appends the path of each file that is not there or not the same, a line each. How many. */
size_t export_check(const struct export *e, const char *folder, struct buf *stale);
