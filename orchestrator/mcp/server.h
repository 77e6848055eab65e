/* SPDX-License-Identifier: Apache-2.0 */
/* server: what MCP does with messages, whichever way they come.
 *
 * What is quick is answered when it is received; calls of tools wait in a queue that server_work()
 * takes them from, oldest first. Calls that only look run beside each other, each by a process of
 * its own, and are answered as they end; one that changes something waits until those before it
 * have ended, and those behind it wait for it. So what a client asks behind a change sees it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct peer;
struct server;

enum { SERVER_WAITING_MAX = 64, SERVER_RUNNING_MAX = 8 };

/* Never NULL. allow_write: tools that change something are offered. */
struct server *server_new(struct loop *loop, bool allow_write);
void server_free(struct server *s); /* NULL is fine; what waits or runs ends without an answer */

/* One message. Whatever it is, the peer is told something with last set, sooner or later. */
void server_receive(struct server *s, struct peer *peer, const char *text, size_t len);
/* A message over the limit was dropped. */
void server_refuse_long(struct server *s, struct peer *peer);
/* Between two turns of the loop: answers a call that has ended, or begins the one that waits
 * longest if it may. False when there is no such call. */
bool server_work(struct server *s);
bool server_is_busy(const struct server *s); /* calls run, so the loop has to turn */
/* Forgets a peer: its calls are cancelled. */
void server_drop(struct server *s, const struct peer *peer);
/* Cancels everything; what runs has ended when the server is not busy any more. */
void server_stop(struct server *s);
