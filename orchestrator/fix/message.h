/* SPDX-License-Identifier: Apache-2.0 */
/* message: the commit message of a proven change, in the form that the project's rules want. */
#pragma once

#include "engine/base/arena.h"

struct buf;
struct guard;
struct proof;

/* Whether the rules of `guard` want lines that no message of a fix holds, whatever it changes: a
 * sign-off is a person's. Asked before anything is run, of a proof without a patch. 0;
 * ERR_UNSUPPORTED naming the rule. */
int message_check(struct arena *arena, struct guard *guard, const struct proof *p,
                  const char *trailers);
/* Of the forms that there are, the first that keeps the rules of `guard` that look at messages.
 * trailers: lines, or "". 0; ERR_UNSUPPORTED naming the rule that none keeps. */
int message_make(struct buf *out, struct arena *arena, struct guard *guard, const struct proof *p,
                 const char *trailers);
