/* SPDX-License-Identifier: Apache-2.0 */
/* driver: how a role comes to a proposal. One const row per file in drivers/; registration is the
 * file. A driver only proposes a tree; what becomes of it is not its business. */
#pragma once

#include "orchestrator/agent/attempt.h"

struct driver {
    const char *name;
    const char *summary; /* one sentence, for help */
    bool needs_operands, needs_culprit, needs_patch, needs_model;
    bool hands_out; /* work goes to somebody of whom nothing is known: guards are proven before */
    /* Fills a->proposed (a git tree, in memory) and may refuse by name. 0 or a negative ERR_. */
    int (*propose)(struct attempt *a);
};

extern const struct driver *const driver_table[];
/* NULL when there is none of that name. */
const struct driver *driver_find(const char *name);
