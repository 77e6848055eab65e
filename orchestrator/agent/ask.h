/* SPDX-License-Identifier: Apache-2.0 */
/* ask: an agent's request to a model, as it may go on to the API.
 *
 * The provider's machine is a network, too: its tools search, fetch and run code, and it opens the
 * addresses of pictures and documents. Who may use a model may not by that reach the rest. And what
 * an answer may cost is bounded before it is asked for. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf;

enum ask_api { ASK_MESSAGES, ASK_CHAT, ASK_RESPONSES };

/* The request with a limit of its answer that *room tokens can pay (*room becomes that), asking to
 * be told what a stream cost, without tools that the provider runs by itself. ERR_FORMAT when it is
 * no JSON object, holds addresses that the provider would open, or asks for more answers than one
 * or for one that nobody waits for. */
int ask_rewrite(struct buf *out, enum ask_api api, const char *body, size_t len, int64_t *room);
