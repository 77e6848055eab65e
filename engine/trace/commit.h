/* SPDX-License-Identifier: Apache-2.0 */
/* commit: what the engine was built from. */
#pragma once

/* The last commit that touched the engine's sources, with "+" behind it when there were changes
 * besides; "" outside a checkout. Written by cmake/Commit.cmake at each build. */
extern const char commit_text[];
