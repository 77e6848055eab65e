/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/again.h"

const struct tool tool_run_case = {
    .name = "run_case",
    .title = "Run one case again",
    .about = "Runs the command that a sweep ran for one case, in the checkout as it is now, and "
             "says how it ended and what it printed: reproduce by the name that roles know.",
    .flags = TOOL_RUNS,
    .args = again_args,
    .run = again_run,
};
