/* SPDX-License-Identifier: Apache-2.0 */
/* server: what MCP does with messages, whichever way they come.
 *
 * What is quick is answered when it is received; calls of tools wait in a queue and run one after
 * the other in server_work(). A call that waits for a process turns the loop, so that further
 * messages, cancellations among them, are received meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct peer;
struct server;

enum { SERVER_WAITING_MAX = 64 };

/* Never NULL. allow_write: tools that change something are offered. */
struct server *server_new(struct loop *loop, bool allow_write);
void server_free(struct server *s); /* NULL is fine; what waits is dropped without an answer */

/* One message. Whatever it is, the peer is told something with last set, sooner or later. */
void server_receive(struct server *s, struct peer *peer, const char *text, size_t len);
/* A message over the limit was dropped. */
void server_refuse_long(struct server *s, struct peer *peer);
/* Runs the call that waits longest. False when none does. */
bool server_work(struct server *s);
/* Forgets a peer: its calls are cancelled. */
void server_drop(struct server *s, const struct peer *peer);
/* Cancels everything. */
void server_stop(struct server *s);
