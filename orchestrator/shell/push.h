/* SPDX-License-Identifier: Apache-2.0 */
/* push: whether a command is git on its way to somebody else's branches.
 *
 * Read from the words of the command, as git reads them (git(1), git-push(1)); an alias is looked
 * into where the command line defines it. */
#pragma once

#include <stddef.h>

enum push {
    PUSH_NONE,
    PUSH_PLAIN,
    PUSH_FORCED, /* it drops what is there: --force, +refspec, --mirror, --delete … */
};

/* argv[0] may be a path. */
enum push push_of(const char *const *argv, size_t argc);
