/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/git/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/git/openapi.h"

enum { REQUEST_MAX = 64 << 20 };

static bool read_bytes(int fd, struct buf *b, size_t len) {
    while (b->len < len) {
        char chunk[65536];
        size_t want = len - b->len < sizeof(chunk) ? len - b->len : sizeof(chunk);
        ssize_t n = read(fd, chunk, want);
        if (n <= 0)
            return false;
        buf_add(b, chunk, (size_t)n);
    }
    return true;
}

static bool read_line(int fd, struct buf *line) {
    buf_reset(line);
    for (char c; read(fd, &c, 1) == 1;) {
        if (c == '\n')
            return true;
        if (c != '\r')
            buf_putc(line, c);
    }
    return false;
}

static bool read_chunks(int fd, struct buf *body) {
    struct buf line;
    bool good = true;
    buf_init(&line, 1024);
    while (good && (good = read_line(fd, &line))) {
        size_t len = strtoul(line.data, NULL, 16);
        good = read_bytes(fd, body, body->len + len) && read_line(fd, &line);
        if (len == 0)
            break;
    }
    buf_done(&line);
    return good;
}

bool request_read(struct request *r, int fd) {
    struct buf head, line;
    char value[64];
    buf_init(&head, 1 << 16);
    buf_init(&line, 1 << 16);
    buf_init(&r->body, REQUEST_MAX);
    bool good = read_line(fd, &line) && sscanf(line.data, "%15s %2047s", r->method, r->target) == 2;
    while (good && read_line(fd, &line) && line.len)
        buf_printf(&head, "%s\n", line.data);
    r->head = buf_detach(&head);
    buf_done(&line);
    if (openapi_header(r->head, "Expect", value, sizeof(value)))
        CHECK(write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 25);
    if (good && openapi_header(r->head, "Content-Length", value, sizeof(value)))
        good = read_bytes(fd, &r->body, strtoul(value, NULL, 10));
    else if (good && openapi_header(r->head, "Transfer-Encoding", value, sizeof(value)))
        good = read_chunks(fd, &r->body);
    return good;
}

void request_done(struct request *r) {
    free(r->head);
    buf_done(&r->body);
}

/* CGI: the head of what it writes is ours to turn into a status line. */
void request_run_git(struct request *r, int fd, const char *folder) {
    char type[128] = "", *query = strchr(r->target, '?');
    int in[2], out[2], status;
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    pid_t writer = fork();
    if (writer == 0) {
        close(in[0]);
        for (size_t done = 0; done < r->body.len;) {
            ssize_t n = write(in[1], r->body.data + done, r->body.len - done);
            if (n <= 0)
                break;
            done += (size_t)n;
        }
        _exit(0);
    }
    pid_t child = fork();
    if (child == 0) {
        char len[32];
        (void)openapi_header(r->head, "Content-Type", type, sizeof(type));
        snprintf(len, sizeof(len), "%zu", r->body.len);
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        setenv("GIT_PROJECT_ROOT", folder, 1);
        setenv("GIT_HTTP_EXPORT_ALL", "1", 1);
        setenv("REQUEST_METHOD", r->method, 1);
        setenv("QUERY_STRING", query ? query + 1 : "", 1);
        if (query)
            *query = '\0';
        setenv("PATH_INFO", r->target + strlen("/git"), 1);
        setenv("CONTENT_TYPE", type, 1);
        setenv("CONTENT_LENGTH", len, 1);
        setenv("REMOTE_USER", "other", 1);
        setenv("REMOTE_ADDR", "127.0.0.1", 1);
        execlp("git", "git", "http-backend", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(in[1]);
    close(out[1]);
    struct buf reply;
    char chunk[65536];
    ssize_t n;
    buf_init(&reply, REQUEST_MAX);
    while ((n = read(out[0], chunk, sizeof(chunk))) > 0)
        buf_add(&reply, chunk, (size_t)n);
    close(out[0]);
    waitpid(writer, &status, 0);
    waitpid(child, &status, 0);
    const char *line = strncmp(reply.data, "Status: ", 8) == 0 ? reply.data + 8 : "200 OK\r\n";
    dprintf(fd, "HTTP/1.1 %.*s\r\nConnection: close\r\n", (int)strcspn(line, "\r\n"), line);
    for (size_t done = 0; done < reply.len;) {
        n = write(fd, reply.data + done, reply.len - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    buf_done(&reply);
}
