/* SPDX-License-Identifier: Apache-2.0 */
/* reach: what is read beside the path that is named: what lies below a folder, and what a pattern
 * fits. Neither may be of .git, whose settings hold more than the tree: addresses with passwords.
 */
#pragma once

#include <stdbool.h>

struct scope;

enum { REACH_FILES_MAX = 200000, REACH_CHOICES_MAX = 256 };

enum reach_flag {
    REACH_BY_LINKS = 1 << 0,  /* who reads goes into folders that links lead to */
    REACH_SPARES_GIT = 1 << 1 /* and passes over what is called .git */
};

/* Whether all that lies below path may be read, and what links there lead to. 0, or ERR_ARG with
 * one sentence. */
int reach_below(const struct scope *s, const char *path, unsigned flags);
/* Whether what a pattern of names fits may be: "**", "*", "?", "[…]" and "{a,b}". picks: it is no
 * path but picks among files, and what it picks is no longer passed over for being hidden (rg -g).
 */
int reach_pattern(const struct scope *s, const char *pattern, bool picks);
