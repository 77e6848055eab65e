/* SPDX-License-Identifier: Apache-2.0 */
/* scripts: what a user adds to a hook: the executables of hooks/EVENT.d, asked in the order of
 * their names.
 *
 * Each is given the call as JSON on its standard input and runs in the root. Exit status 0: go on;
 * 2: refused, with what it said; anything else, a signal or no time left: an error, which refuses
 * as well. The first that refuses is the last that is asked. */
#pragma once

#include <stdbool.h>

#include "orchestrator/hook/hook.h"

struct buf;

/* 0, and `why` has text when one refused; ERR_IO, ERR_LIMIT with a sentence that names it. A file
 * there that is not executable, or that others may write, is an error: it was meant to be asked,
 * or somebody else may say what it does. */
int scripts_ask(const struct hook_call *call, const struct hook_setup *setup, struct buf *why);
/* Whether anything would be asked; also when the folder cannot be read, which is an error then. */
bool scripts_are_there(const struct hook_setup *setup, enum hook_event event);
