/* SPDX-License-Identifier: Apache-2.0 */
/* hooks: the scripts that git itself runs before a commit and before a push. */
#pragma once

#include <stdbool.h>

struct arena;
struct commits;

enum hooks_done { HOOKS_WRITTEN, HOOKS_SAME, HOOKS_REMOVED, HOOKS_ABSENT };

struct hooks_row {
    const char *name, *path; /* in arena */
    enum hooks_done done;
};

enum { HOOKS_COUNT = 2 }; /* commit-msg, pre-push */

/* Writes those that call `program`. One that we did not write is refused, or with force kept as
 * NAME.before. core.hooksPath is honoured. rules: the noctule.json below the top of the checkout,
 * where git runs hooks; NULL = it lies there. 0, ERR_NOTNOW, ERR_IO. */
int hooks_install(const struct commits *c, struct arena *arena, const char *program,
                  const char *rules, bool force, struct hooks_row out[HOOKS_COUNT]);
/* Takes ours away, and puts NAME.before back. 0 or ERR_IO. */
int hooks_remove(const struct commits *c, struct arena *arena, struct hooks_row out[HOOKS_COUNT]);
