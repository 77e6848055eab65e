/* SPDX-License-Identifier: Apache-2.0 */
/* glob: patterns over paths of a tree. `*` and `?` stop at a slash, `**` does not; a pattern that
 * ends in a slash means everything below. */
#pragma once

#include <stdbool.h>

bool glob_match(const char *pattern, const char *path);
/* Any of a NULL-terminated list; false for NULL. */
bool glob_match_any(const char *const *patterns, const char *path);
