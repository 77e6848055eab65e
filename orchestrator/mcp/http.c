/* SPDX-License-Identifier: Apache-2.0 */
/* Streamable HTTP, by libmicrohttpd: each message is a POST to /mcp. The answer is one JSON
 * object; or, for a call that asks for progress, an event stream that ends with it. Nothing is
 * remembered between requests. A client that hangs up has cancelled. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/exchange.h"
#include "orchestrator/mcp/gate.h"
#include "orchestrator/mcp/mcp.h"
#include "orchestrator/mcp/server.h"
#include "orchestrator/proc/loop.h"

enum { CONNECTIONS_MAX = 64, IDLE_S = 30, HEADERS_MAX = 64 << 10, POLL_MS = 1000 };

struct http {
    struct loop *loop;
    struct server *server;
    struct MHD_Daemon *daemon;
    struct gate gate;
    struct loop_timer kick;
    int signal;
};

/* Runs libmicrohttpd, and again when it has something to do by itself. */
static void on_ready(void *arg) {
    struct http *h = arg;
    MHD_UNSIGNED_LONG_LONG ms;
    (void)MHD_run(h->daemon);
    if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
        loop_timer_set(h->loop, &h->kick, ms < POLL_MS ? (int64_t)ms : POLL_MS, on_ready, h);
}

/* The server speaks from within MHD_run() and outside of it, so that it runs in the next turn. */
static void on_woken(void *arg) {
    struct http *h = arg;
    loop_timer_set(h->loop, &h->kick, 0, on_ready, h);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *len, void **kept) {
    struct http *h = arg;
    struct exchange *x = *kept;
    (void)version;
    if (!x) {
        *kept = x = exchange_new(connection, on_woken, h);
        int status = gate_check(&h->gate, connection, url, method);
        return status == MHD_HTTP_OK ? MHD_YES : exchange_refuse(x, status, err_text());
    }
    if (*len) {
        exchange_add(x, body, *len);
        *len = 0;
        return MHD_YES;
    }
    if (exchange_is_over(x))
        return exchange_refuse(x, MHD_HTTP_CONTENT_TOO_LARGE, "the message is over the limit");
    return exchange_begin(x, h->server);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **kept,
                         enum MHD_RequestTerminationCode code) {
    struct http *h = arg;
    (void)connection, (void)code;
    if (*kept)
        exchange_free(*kept, h->server);
    *kept = NULL;
}

static void on_signal(void *arg, int signo) {
    struct http *h = arg;
    h->signal = signo;
    server_stop(h->server);
}

static int start(struct http *h, const struct mcp_options *o) {
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)o->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)o->port, NULL, NULL, on_request, h,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&here, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, h, MHD_OPTION_END);
    if (!h->daemon)
        return err_errno(ERR_IO, "cannot listen on port %lld of 127.0.0.1", (long long)o->port);
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!port || !epoll)
        return err_set(ERR_IO, "this libmicrohttpd cannot tell its port");
    h->gate = (struct gate){.port = port->port, .token = o->token};
    loop_watch(h->loop, epoll->epoll_fd, on_ready, h);
    (void)printf("http://127.0.0.1:%u/mcp\n", (unsigned)port->port);
    return fflush(stdout) == 0 ? 0 : err_errno(ERR_IO, "cannot say the URL");
}

static int serve(struct http *h) {
    int rc = 0;
    while (rc == 0 && (!h->signal || server_is_busy(h->server)))
        if (!server_work(h->server))
            rc = loop_turn(h->loop, -1);
    return rc < 0 ? rc : err_set(ERR_STOPPED, "stopped by a signal");
}

int mcp_http(const struct mcp_options *o) {
    struct http h = {.signal = 0};
    int rc = loop_new(&h.loop);
    if (rc < 0)
        return rc;
    h.server = server_new(h.loop, o->allow_write);
    (void)signal(SIGPIPE, SIG_IGN);
    rc = loop_on_signal(h.loop, SIGTERM, on_signal, &h);
    if (rc == 0)
        rc = loop_on_signal(h.loop, SIGINT, on_signal, &h);
    if (rc == 0)
        rc = start(&h, o);
    if (rc == 0)
        rc = serve(&h);
    server_stop(h.server);
    if (h.daemon)
        MHD_stop_daemon(h.daemon);
    server_free(h.server);
    loop_timer_stop(h.loop, &h.kick);
    loop_free(h.loop);
    return rc;
}
