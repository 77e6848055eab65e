/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/line.h"
#include "orchestrator/mcp/mcp.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/server.h"
#include "orchestrator/proc/loop.h"

/* A client that closes stdin wants the server gone; one that piped its requests wants answers. */
enum { CHUNK = 64 << 10, GRACE_MS = 5000, STUCK_MS = 60000 };

struct stdio {
    struct peer peer; /* first, so that one is the other */
    struct loop *loop;
    struct server *server;
    struct line line;
    struct loop_timer grace;
    int out;
    bool ended, broken;
    int signal;
};

static void write_all(struct stdio *s, const char *text, size_t len) {
    while (len && !s->broken) {
        ssize_t n = write(s->out, text, len);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) { /* its other end may have set that */
            struct pollfd full = {.fd = s->out, .events = POLLOUT};
            s->broken = poll(&full, 1, STUCK_MS) == 0;
            continue;
        }
        s->broken = n < 0;
        text += n < 0 ? 0 : n;
        len -= n < 0 ? 0 : (size_t)n;
    }
}

static void say(struct peer *p, const char *text, size_t len, bool last, int status) {
    struct stdio *s = (struct stdio *)p;
    (void)last, (void)status;
    if (!text)
        return;
    write_all(s, text, len);
    write_all(s, "\n", 1);
}

static bool gone(struct peer *p) {
    return ((struct stdio *)p)->broken;
}

static void on_line(void *arg, const char *text, size_t len) {
    struct stdio *s = arg;
    if (text)
        server_receive(s->server, &s->peer, text, len);
    else
        server_refuse_long(s->server, &s->peer);
}

static void on_grace(void *arg) {
    struct stdio *s = arg;
    server_stop(s->server);
}

static void on_stdin(void *arg) {
    struct stdio *s = arg;
    char chunk[CHUNK];
    ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
    if (n > 0)
        line_feed(&s->line, chunk, (size_t)n);
    if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
        return;
    line_end(&s->line);
    loop_unwatch(s->loop, STDIN_FILENO);
    s->ended = true;
    loop_timer_set(s->loop, &s->grace, GRACE_MS, on_grace, s);
}

static void on_signal(void *arg, int signo) {
    struct stdio *s = arg;
    s->signal = signo;
    server_stop(s->server);
}

/* What is printed by mistake goes to stderr; the messages go where stdout was. */
static int take_stdout(int *out) {
    *out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (*out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return err_errno(ERR_IO, "cannot take standard output");
    return 0;
}

static int serve(struct stdio *s) {
    int rc = 0;
    while (rc == 0) {
        if (server_work(s->server))
            continue;
        if (s->broken)
            server_stop(s->server);
        if ((s->signal || s->broken || s->ended) && !server_is_busy(s->server))
            break;
        rc = loop_turn(s->loop, -1);
    }
    if (rc == 0 && s->broken)
        rc = err_set(ERR_IO, "the client does not take its answers");
    return s->signal ? err_set(ERR_STOPPED, "stopped by a signal") : rc;
}

int mcp_stdio(const struct mcp_options *o) {
    struct stdio s = {
        .peer = {.send = say, .gone = gone, .session = ""},
          .out = -1
    };
    int rc = loop_new(&s.loop);
    if (rc < 0)
        return rc;
    s.server = server_new(s.loop, o->allow_write);
    line_init(&s.line, on_line, &s);
    (void)signal(SIGPIPE, SIG_IGN);
    rc = take_stdout(&s.out);
    if (rc == 0)
        rc = loop_on_signal(s.loop, SIGTERM, on_signal, &s);
    if (rc == 0)
        rc = loop_on_signal(s.loop, SIGINT, on_signal, &s);
    if (rc == 0) {
        loop_watch(s.loop, STDIN_FILENO, on_stdin, &s);
        rc = serve(&s);
    }
    server_stop(s.server);
    server_free(s.server);
    line_done(&s.line);
    loop_timer_stop(s.loop, &s.grace);
    loop_free(s.loop);
    if (s.out >= 0)
        (void)close(s.out);
    return rc;
}
