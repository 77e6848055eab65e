/* SPDX-License-Identifier: Apache-2.0 */
/* scope: which paths of a checkout may be read and written by a command or an edit. */
#pragma once

#include <stdbool.h>

struct scope {
    const char *root;             /* absolute, without symbolic links */
    const char *cwd;              /* absolute; what relative paths start from */
    const char *const *read_only; /* globs below root (policy/glob.h), or NULL */
    const char *const *editable;  /* the same: nothing else may be written; NULL = all may */
    bool lexical;                 /* names alone: the disk is not asked what they lead to */
    bool in_company;              /* other commands of the line may change what the disk says */
};

/* What guards are made of: never written through a hook. NULL-terminated globs. */
extern const char *const scope_guarded[];

/* 0, or ERR_ARG with one sentence. /dev/null is always fine; a path below .git never is. A name
 * that does not exist yet is judged by the folder that it would be in. */
int scope_read(const struct scope *s, const char *path);
int scope_write(const struct scope *s, const char *path);
/* The same for the name alone, and for what may come to lie there rather than may be edited. */
int scope_take(const struct scope *s, const char *path);
/* ERR_ARG when something that may not be written lies in the folder by its own name, or would. */
int scope_move(const struct scope *s, const char *folder);
/* Whether git, asked in cwd, would believe another repository than that of the tree: folders may
 * hold what makes one (HEAD, objects, and settings that are programs). ERR_ARG then. */
int scope_ask_git(const struct scope *s);
/* *out, malloc'd: the folder, from cwd, as what relative paths start from. ERR_ARG when it may not
 * be read, is none, or a link leads to it: "../x" would be one file by its name and another on the
 * disk, and who is in it goes by either. */
int scope_enter(const struct scope *s, const char *folder, char **out);
/* path without ".", ".." and doubled slashes, from cwd; malloc'd, or NULL when it is too long. */
char *scope_absolute(const struct scope *s, const char *path);
