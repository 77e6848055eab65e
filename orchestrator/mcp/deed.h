/* SPDX-License-Identifier: Apache-2.0 */
/* deed: the verbs of git as tools, by the name git_VERB with the options as arguments. Each runs as
 * a request of `noctule git serve` in a process of its own, so that the server goes on and a client
 * may cancel it. A verb that tools/ has a row of its own for is left to that. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"

struct call;
struct proc_exit;
struct tool;
struct verb;

const struct tool *deed_at(size_t i); /* NULL from the last on */
/* Does it in the checkout of the call; see call_command(). In then(), deed_answer() makes the
 * verb's object *out. 0; EXIT_FAILED when the answer is no; or ERR_IO with the verb's sentence. */
int deed_do(struct call *c, const struct verb *v, struct json args,
            int (*then)(struct call *c, const struct proc_exit *ended));
int deed_answer(struct call *c, const struct verb *v, struct buf *out);
