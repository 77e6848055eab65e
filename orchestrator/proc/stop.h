/* SPDX-License-Identifier: Apache-2.0 */
/* stop: somebody's wish that this process ends: SIGINT, SIGTERM or SIGHUP, which from then on only
 * set a flag. What goes on for long looks at it, leaves everything in order, and returns
 * ERR_STOPPED. */
#pragma once

#include <stdbool.h>

struct loop;

/* The flag, of the whole process. */
const volatile bool *stop_on_signals(void);
/* The same where a loop waits, which wakes up. *stop holds for as long as the process does; only
 * the loop changes it. */
int stop_in_loop(struct loop *loop, const bool **stop);
