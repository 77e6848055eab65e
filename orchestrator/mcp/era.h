/* SPDX-License-Identifier: Apache-2.0 */
/* era: which protocol a request is of, and whether it says all that its protocol wants.
 *
 * 2026-07-28 has no handshake: each request carries its version and the client's capabilities in
 * params._meta, which HTTP repeats in headers. Before, initialize agrees on a version. */
#pragma once

#include <stdbool.h>

#include "orchestrator/mcp/rpc.h"

struct peer;

/* 0, or negative with the error message in out. */
int era_find(const struct peer *peer, const struct rpc *m, bool *modern, struct buf *out);
/* Whether arrays of messages are part of what this peer speaks. */
bool era_has_batches(const struct peer *peer);
