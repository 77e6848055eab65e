/* SPDX-License-Identifier: Apache-2.0 */
/* glob: patterns over paths of a tree. `*` and `?` stop at a slash, `**` does not; a pattern that
 * ends in a slash means everything below. */
#pragma once

#include <stdbool.h>

bool glob_match(const char *pattern, const char *path);
/* Any of a NULL-terminated list; false for NULL. */
bool glob_match_any(const char *const *patterns, const char *path);
/* The same for what is closed or watched: by any name that a file system which folds the case of
 * letters (A to Z) takes for it. */
bool glob_closes(const char *const *patterns, const char *path);
/* Whether the pattern is of all that lies in folder: "src/" is of src, and "**" behind it too. */
bool glob_is_all_of(const char *pattern, const char *folder);
/* Whether what the pattern is of lies in folder ("" = the top) by the folder's own name: what
 * "**" may stand for is not guessed at. Also when it is all of it. */
bool glob_leads_into(const char *pattern, const char *folder);
