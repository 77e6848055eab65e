/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: one HTTP request and its answer, as a peer of the server. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct exchange;
struct server;

/* Never NULL. woken(arg): a connection that slept has something to send, so MHD_run() is due. */
struct exchange *exchange_new(struct MHD_Connection *connection, void (*woken)(void *arg),
                              void *arg);
/* The connection is done with it, whatever became of it; what it asked for is cancelled. */
void exchange_free(struct exchange *x, struct server *server);

void exchange_add(struct exchange *x, const char *bytes, size_t len); /* of the body */
bool exchange_is_over(const struct exchange *x);                      /* the body's limit */
/* The body is complete: hands it to the server and answers now or when that does. */
enum MHD_Result exchange_begin(struct exchange *x, struct server *server);
/* Answers with a status of HTTP and a JSON-RPC error without an id. */
enum MHD_Result exchange_refuse(struct exchange *x, int status, const char *text);
