/* SPDX-License-Identifier: Apache-2.0 */
/* views: what the commit rules see of commits, by libgit2. */
#pragma once

#include <stddef.h>

#include "orchestrator/policy/view.h"

struct arena;
struct commits;

enum { VIEWS_MAX = 1000 }; /* commits of a range */

struct views_ask {
    const char *tip;           /* 40 digits */
    const char *const *hidden; /* [hidden_count] 40 digits each: what leads to these is no part */
    size_t hidden_count;
    const char *upstream, *upstream_id; /* a name, and its 40 digits; "" = none is known */
    const char *const *files;           /* [file_count] paths to be seen anyway */
    size_t file_count;
};

/* Parents before children; len 0 is fine. 0, ERR_IO, ERR_LIMIT above VIEWS_MAX commits. */
int views_read(const struct commits *c, struct arena *arena, const struct views_ask *ask,
               struct view_range *out);
/* What would be committed now: one view of the index against HEAD, without a message. */
int views_staged(const struct commits *c, struct arena *arena, const struct views_ask *ask,
                 struct view_range *out);
/* One view of a message alone; flags of message_parse(). */
void views_message(struct arena *arena, const char *text, size_t len, int flags,
                   struct view_range *out);
/* How git will clean the file of a message that it is about to store here, and has a hook look at:
 * core.commentChar, commit.cleanup, and whether there is an editor (githooks(5)). */
int views_draft(const struct commits *c, const char *text, size_t len);
