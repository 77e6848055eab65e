/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/agent/upstream.h"
#include "orchestrator/agent/wire.h"

enum { CHUNK = 64 << 10, CONNECTIONS_MAX = 16, IDLE_S = 600, LISTENING = 3 };

static bool send_all(int fd, const char *bytes, size_t len) {
    while (len) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static const char *type_of(const struct buf *reply) {
    bool stream = strncmp(reply->data, "event:", 6) == 0 || strncmp(reply->data, "data:", 5) == 0;
    return stream ? "text/event-stream" : "application/json";
}

static bool put_answer(int fd, int status, const struct buf *body, bool keep_alive) {
    struct buf out;
    buf_init(&out, (size_t)UPSTREAM_REPLY_MAX + WIRE_HEAD_MAX);
    wire_answer(&out, status, type_of(body), body->data, body->len, keep_alive);
    bool sent = !out.over && send_all(fd, out.data, out.len);
    buf_done(&out);
    return sent && keep_alive;
}

static bool answer(const struct proxy *p, int fd, const struct wire *w, const struct buf *body) {
    struct buf reply;
    int status = 200;
    bool again;
    buf_init(&reply, UPSTREAM_REPLY_MAX);
    if (strcmp(w->method, "HEAD") == 0) {
        struct buf head;
        buf_init(&head, WIRE_HEAD_MAX);
        wire_answer(&head, 200, "application/json", "", 0, w->keep_alive);
        again = send_all(fd, head.data, head.len) && w->keep_alive;
        buf_done(&head);
        buf_done(&reply);
        return again;
    }
    if (strcmp(w->token, p->token) != 0) {
        status = 401;
        buf_puts(&reply, "{\"error\":{\"message\":\"that is not the key of this attempt\"}}");
    } else if (strcmp(w->method, "POST") != 0) {
        status = 404;
        buf_puts(&reply,
                 "{\"error\":{\"message\":\"nothing but calls of a model is let through\"}}");
    } else if (upstream_ask(p->upstream, w->path, body->data, body->len, &status, &reply) < 0) {
        status = 502;
        buf_reset(&reply);
        buf_puts(&reply, "{\"error\":{\"message\":\"the model's API did not answer\"}}");
    }
    again = put_answer(fd, status, &reply, w->keep_alive);
    buf_done(&reply);
    return again;
}

/* One request after the other, until the agent has enough or sends what is none. */
static void serve(const struct proxy *p, int fd) {
    struct buf in, body;
    struct wire w;
    char chunk[CHUNK];
    bool told = false;
    buf_init(&in, (size_t)WIRE_HEAD_MAX + WIRE_BODY_MAX + CHUNK);
    buf_init(&body, WIRE_BODY_MAX);
    for (;;) {
        int got = wire_read(&w, &body, in.data, in.len);
        if (got < 0) {
            body.data[0] = '\0';
            (void)put_answer(fd, got == ERR_LIMIT ? 413 : 400, &body, false);
            break;
        }
        if (got == 1) {
            bool again = answer(p, fd, &w, &body);
            memmove(in.data, in.data + w.size, in.len - w.size + 1);
            in.len -= w.size;
            told = false;
            if (!again)
                break;
            continue;
        }
        if (w.awaits && !told)
            told = send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_add(&in, chunk, (size_t)n);
        if (in.over)
            break;
    }
    buf_done(&body);
    buf_done(&in);
}

/* A process per connection; so many that a flood of them costs nothing but waiting. */
static _Noreturn void serve_all(const struct proxy *p, pid_t owner) {
    int open_now = 0;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != owner)
        _exit(1);
    for (;;) {
        while (open_now > 0 && waitpid(-1, NULL, open_now < CONNECTIONS_MAX ? WNOHANG : 0) > 0)
            open_now--;
        struct timeval idle = {.tv_sec = IDLE_S};
        int fd = accept4(LISTENING, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
        pid_t server = getpid(), pid = fork();
        if (pid == 0) {
            if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == server)
                serve(p, fd);
            _exit(0);
        }
        open_now += pid > 0;
        close(fd);
    }
}

int proxy_open(void *arg, int listening) {
    struct proxy *p = arg;
    pid_t owner = getpid(), pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0);
        /* Of ours it needs this one, and nothing that a sandbox's keeper waits to be closed. */
        if (dup2(listening, LISTENING) != LISTENING || close_range(LISTENING + 1, ~0U, 0) != 0 ||
            fcntl(LISTENING, F_SETFD, FD_CLOEXEC) != 0)
            _exit(1);
        serve_all(p, owner);
    }
    close(listening);
    if (pid < 0)
        return err_errno(ERR_IO, "cannot start the proxy");
    (void)setpgid(pid, pid);
    p->pid = pid;
    return 0;
}

void proxy_close(struct proxy *p) {
    if (p->pid <= 0)
        return;
    (void)kill(-p->pid, SIGKILL);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    p->pid = 0;
}
