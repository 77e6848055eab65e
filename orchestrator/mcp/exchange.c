/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/line.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/rpc.h"
#include "orchestrator/mcp/server.h"

enum { ANSWER_MAX = 64 << 20, BLOCK = 32 << 10 };

struct exchange {
    struct peer peer; /* first, so that one is the other */
    struct MHD_Connection *connection;
    void (*woken)(void *arg);
    void *arg;
    struct buf body, answer; /* answer: of a stream, what was not sent yet */
    int status;
    bool suspended; /* waits for the server */
    bool streams;   /* an event stream was begun */
    bool complete;  /* the server has said all */
    bool takes_streams;
};

/* A suspended connection goes on when libmicrohttpd runs next. */
static void wake(struct exchange *x) {
    if (!x->suspended)
        return;
    x->suspended = false;
    MHD_resume_connection(x->connection);
    x->woken(x->arg);
}

static void say(struct peer *p, const char *text, size_t len, bool last, int status) {
    struct exchange *x = (struct exchange *)p;
    if (!last && !x->takes_streams)
        return;
    x->complete = last;
    x->status = status;
    if (!last)
        x->streams = true;
    if (text && x->streams) {
        buf_puts(&x->answer, "event: message\ndata: ");
        buf_add(&x->answer, text, len);
        buf_puts(&x->answer, "\n\n");
    } else if (text) {
        buf_add(&x->answer, text, len);
    }
    wake(x);
}

/* The socket of a connection that waits is nobody else's to look at. */
static bool gone(struct peer *p) {
    struct exchange *x = (struct exchange *)p;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    ssize_t n = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : -1;
    return n == 0 || (n < 0 && info && errno != EAGAIN && errno != EINTR);
}

static const char *header(struct peer *p, const char *name) {
    struct exchange *x = (struct exchange *)p;
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

struct exchange *exchange_new(struct MHD_Connection *connection, void (*woken)(void *arg),
                              void *arg) {
    struct exchange *x = xcalloc(1, sizeof(*x));
    *x = (struct exchange){
        .connection = connection, .woken = woken, .arg = arg, .status = MHD_HTTP_OK};
    const char *session = header(&x->peer, "Mcp-Session-Id"), *accept = header(&x->peer, "Accept");
    x->peer = (struct peer){
        .send = say, .gone = gone, .header = header, .session = session ? session : ""};
    x->takes_streams = !accept || strstr(accept, "text/event-stream") || strstr(accept, "*/*");
    buf_init(&x->body, LINE_MAX_BYTES);
    buf_init(&x->answer, ANSWER_MAX);
    return x;
}

void exchange_free(struct exchange *x, struct server *server) {
    server_drop(server, &x->peer);
    buf_done(&x->body);
    buf_done(&x->answer);
    free(x);
}

void exchange_add(struct exchange *x, const char *bytes, size_t len) {
    if (!x->body.over)
        buf_add(&x->body, bytes, len);
}

bool exchange_is_over(const struct exchange *x) {
    return x->body.over;
}

/* After initialize: ids of requests, which clients count from 0, are told apart by it. Nothing is
 * kept under it, so any will do later. */
static enum MHD_Result add_session(struct MHD_Response *response) {
    unsigned char bytes[16];
    char hex[2 * sizeof(bytes) + 1];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return MHD_NO;
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return MHD_add_response_header(response, "Mcp-Session-Id", hex);
}

static enum MHD_Result queue(struct exchange *x, int status, const char *type,
                             struct MHD_Response *response) {
    if (!response)
        return MHD_NO;
    enum MHD_Result rc = MHD_YES;
    if (type)
        rc = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        rc = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "POST");
    if (status == MHD_HTTP_UNAUTHORIZED)
        rc = MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (rc == MHD_YES && x->peer.version)
        rc = add_session(response);
    if (rc == MHD_YES)
        rc = MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (rc == MHD_YES)
        rc = MHD_queue_response(x->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return rc;
}

/* The next bytes of an event stream; none for now = the connection sleeps until there are. */
static ssize_t read_stream(void *arg, uint64_t at, char *out, size_t room) {
    struct exchange *x = arg;
    (void)at;
    if (x->answer.len == 0 && x->complete)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (x->answer.len == 0) {
        x->suspended = true;
        MHD_suspend_connection(x->connection);
        return 0;
    }
    size_t n = x->answer.len < room ? x->answer.len : room;
    memcpy(out, x->answer.data, n);
    memmove(x->answer.data, x->answer.data + n, x->answer.len - n);
    x->answer.len -= n;
    return (ssize_t)n;
}

/* What there is to answer with, once there is something. */
static enum MHD_Result reply(struct exchange *x) {
    if (x->streams)
        return queue(
            x, MHD_HTTP_OK, "text/event-stream",
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, x, NULL));
    bool empty = x->answer.len == 0;
    return queue(
        x, empty ? MHD_HTTP_ACCEPTED : x->status, empty ? NULL : "application/json",
        MHD_create_response_from_buffer(x->answer.len, x->answer.data, MHD_RESPMEM_MUST_COPY));
}

enum MHD_Result exchange_begin(struct exchange *x, struct server *server) {
    if (!x->suspended && !x->complete && !x->streams && !x->body.len)
        return exchange_refuse(x, MHD_HTTP_BAD_REQUEST, "the body is empty");
    if (x->complete || x->streams) /* woken up */
        return reply(x);
    server_receive(server, &x->peer, x->body.data, x->body.len);
    if (x->complete || x->streams)
        return reply(x);
    x->suspended = true;
    MHD_suspend_connection(x->connection);
    return MHD_YES;
}

enum MHD_Result exchange_refuse(struct exchange *x, int status, const char *text) {
    struct json none = {NULL, NULL};
    buf_reset(&x->answer);
    rpc_error(&x->answer, none, RPC_INVALID, text);
    return queue(
        x, status, "application/json",
        MHD_create_response_from_buffer(x->answer.len, x->answer.data, MHD_RESPMEM_MUST_COPY));
}
