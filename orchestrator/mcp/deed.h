/* SPDX-License-Identifier: Apache-2.0 */
/* deed: the verbs of git as tools: the same functions that `noctule git` calls, by the name
 * git_VERB with the options as arguments. A verb that tools/ has a row of its own for is left to
 * that. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"

struct call;
struct tool;
struct verb;

const struct tool *deed_at(size_t i); /* NULL from the last on */
/* Does it in the checkout of the call; *out becomes the verb's object. As verb_run_json(). */
int deed_do(struct call *c, const struct verb *v, struct json args, struct buf *out);
