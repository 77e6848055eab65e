/* SPDX-License-Identifier: Apache-2.0 */
/* excerpt: what the worker wrote while a case ran. */
#pragma once

#include "orchestrator/dash/site.h"

/* The last lines of the case's part of the log as a <pre>; without a log, those that the index
 * keeps of a failure that no rule knew; else nothing. A log that cannot be read is said, and is
 * no failure. */
void excerpt_put(struct html *h, struct site *site, const struct result *r);
/* The lines of it that were never seen in the last good log of the cell; nothing when there are
 * none or nothing can be told. 0 or ERR_IO. */
int excerpt_put_new(struct html *h, struct site *site, const struct result *r);
