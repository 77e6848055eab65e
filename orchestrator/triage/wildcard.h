/* SPDX-License-Identifier: Apache-2.0 */
/* wildcard: what a person names cells and cases by: an id as it is, or a shell pattern. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether pattern is name, or matches it as fnmatch(3) says. An id always names itself: that of a
 * parametrised test ("test_add[1-2]") reads as a pattern that does not match it. */
bool wildcard_matches(const char *pattern, const char *name);
/* Whether one of patterns[0…len-1] does. */
bool wildcard_any(const char *const *patterns, size_t len, const char *name);
