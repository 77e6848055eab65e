/* SPDX-License-Identifier: Apache-2.0 */
/* again: one case of a sweep run once more, here and now. The server calls it reproduce; roles know
 * it as run_case, so it answers to both. */
#pragma once

#include "orchestrator/mcp/tool.h"

extern const struct tool_arg again_args[]; /* ended by TOOL_END_ROW */
int again_run(struct call *c);
