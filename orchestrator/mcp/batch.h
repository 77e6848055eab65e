/* SPDX-License-Identifier: Apache-2.0 */
/* batch: several messages in one array, as protocol version 2025-03-26 has them and no other. The
 * answers come as one array when all are there. */
#pragma once

#include "engine/base/json.h"

struct peer;
struct server;

/* inner: a peer of a message in a batch whose outer is gone. Its answers go nowhere from now on. */
void batch_abandon(struct peer *inner);
/* array is not empty. */
void batch_receive(struct server *s, struct peer *peer, struct json array);
