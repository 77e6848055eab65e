/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/again.h"

const struct tool tool_reproduce = {
    .name = "reproduce",
    .title = "Run one case again",
    .about = "Runs the command that a sweep ran for one case, in the checkout as it is now, and "
             "says how it ended and what it printed.",
    .flags = TOOL_RUNS,
    .args = again_args,
    .run = again_run,
};
