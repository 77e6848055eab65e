/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/upstream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/test.h"

static const char question[] = "{\"model\":\"m\",\"max_tokens\":400}";

/* An API that takes a request, and hangs up, or says nothing. Its port. */
static int start_server(bool silent, pid_t *pid) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 4) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        perror("listen");
    *pid = fork();
    if (*pid == 0) {
        char text[4096];
        size_t len = 0;
        int client = accept(fd, NULL, NULL);
        for (ssize_t n; len + 1 < sizeof(text) &&
                        (n = read(client, text + len, sizeof(text) - 1 - len)) > 0;) {
            len += (size_t)n;
            text[len] = '\0';
            if (strstr(text, "\"max_tokens\":400}"))
                break;
        }
        if (silent)
            (void)pause();
        _exit(0);
    }
    close(fd);
    return ntohs(at.sin_port);
}

static struct upstream *open_at(int port) {
    static char url[64];
    struct upstream *u = NULL;
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    const struct upstream_spec spec = {
        .base_url = url, .usd_out = 1e6, .budget = {.turns = 2, .tokens = 10000}
    };
    EXPECT_INT(upstream_open(&u, &spec), 0);
    return u;
}

TEST(what_the_api_took_counts_though_it_did_not_answer) {
    pid_t server;
    struct buf reply;
    int status = 0;
    struct upstream *u = open_at(start_server(false, &server));
    buf_init(&reply, UPSTREAM_REPLY_MAX);
    EXPECT_INT(upstream_ask(u, "/v1/messages", question, strlen(question), &status, &reply),
               ERR_IO);
    struct meter m = upstream_meter(u);
    EXPECT_INT(m.turns, 1);
    EXPECT_INT(m.estimated, 1);
    EXPECT_INT(m.output_tokens, 400);
    EXPECT(m.usd > 399 && m.usd < 401);
    waitpid(server, NULL, 0);
    /* Nobody there: nothing was taken. */
    EXPECT_INT(upstream_ask(u, "/v1/messages", question, strlen(question), &status, &reply),
               ERR_IO);
    EXPECT_INT(upstream_meter(u).turns, 1);
    buf_done(&reply);
    upstream_close(u);
}

/* An agent that asks and leaves at once ends the process that waits for the answer. */
TEST(what_is_under_way_counts) {
    pid_t server;
    struct upstream *u = open_at(start_server(true, &server));
    pid_t asking = fork();
    if (asking == 0) {
        struct buf reply;
        int status;
        buf_init(&reply, UPSTREAM_REPLY_MAX);
        (void)upstream_ask(u, "/v1/messages", question, strlen(question), &status, &reply);
        _exit(0);
    }
    for (int i = 0; i < 500 && upstream_meter(u).output_tokens == 0; i++)
        usleep(10000);
    (void)kill(asking, SIGKILL);
    waitpid(asking, NULL, 0);
    EXPECT(upstream_meter(u).output_tokens >= 400);
    EXPECT_INT(upstream_meter(u).turns, 1);
    (void)kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    upstream_close(u);
}
