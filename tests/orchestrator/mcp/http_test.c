/* SPDX-License-Identifier: Apache-2.0 */
/* noctule mcp --http over real sockets: whom it lets in, and what it answers to whom. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/orchestrator/mcp/scratch.h"
#include "tests/test.h"

enum { ANSWER_MAX = 16 << 20, LARGE = 5 << 20 };

struct http {
    pid_t pid;
    int port;
};

/* A server in a checkout of its own. */
static struct http http_start_with(const char *token, const char *option) {
    struct http h = {0};
    int fds[2];
    char line[128];
    (void)scratch_make();
    EXPECT(pipe2(fds, O_CLOEXEC) == 0);
    h.pid = fork();
    if (h.pid == 0) {
        if (token)
            (void)setenv("NOCTULE_MCP_TOKEN", token, 1);
        dup2(fds[1], 1);
        execl(BINARY_DIR "/noctule", "noctule", "mcp", "--http", option, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    FILE *said = fdopen(fds[0], "r");
    EXPECT(said && fgets(line, sizeof(line), said) &&
           sscanf(line, "http://127.0.0.1:%d/mcp", &h.port) == 1);
    if (said)
        fclose(said);
    return h;
}

static struct http http_start(const char *token) {
    return http_start_with(token, NULL);
}

static void http_stop(const struct http *h) {
    int status = 0;
    EXPECT(kill(h->pid, SIGTERM) == 0 && waitpid(h->pid, &status, 0) == h->pid);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 130);
}

static int dial(const struct http *h) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)h->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    return fd;
}

/* Sends these bytes and takes the whole answer; its status, or 0 without one. */
static int talk(const struct http *h, const char *bytes, size_t len, struct buf *answer) {
    char chunk[4096];
    ssize_t n;
    int fd = dial(h), status = 0;
    buf_reset(answer);
    while (len && (n = send(fd, bytes, len, MSG_NOSIGNAL)) > 0) {
        bytes += n;
        len -= (size_t)n;
    }
    while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
        buf_add(answer, chunk, (size_t)n);
    close(fd);
    if (sscanf(answer->data, "HTTP/1.%*d %d", &status) != 1)
        status = 0;
    return status;
}

#define JSON   "Content-Type: application/json\r\n"
#define MODERN JSON "MCP-Protocol-Version: 2026-07-28\r\n"
#define META                                                                 \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define ASK(method) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" META "}}"
#define NAMED(method, rest) \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" rest "," META "}}"
#define OLD(method) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{}}"

/* clang-format off */
static const struct {
    const char *line, *host, *headers, *body;
    int status;
    const char *has; /* of the answer, headers included */
} rows[] = {
    {"POST /mcp", NULL, MODERN "Mcp-Method: server/discover\r\n", ASK("server/discover"), 200, "\"supportedVersions\""},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/list\r\n", ASK("tools/list"), 200, "\"inputSchema\""},
    {"POST /mcp", NULL, MODERN "mcp-method: tools/list\r\n", ASK("tools/list"), 200, "\"inputSchema\""},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/call\r\nMcp-Name: rules_check\r\n",
     NAMED("tools/call", "\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}"), 200, "\"kept\":true"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/call\r\nMcp-Name: =?base64?cnVsZXNfY2hlY2s=?=\r\n",
     NAMED("tools/call", "\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}"), 200, "\"kept\":true"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/call\r\nMcp-Name: =?base64?cnVsZ?=\r\n",
     NAMED("tools/call", "\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}"), 400, "-32020"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/call\r\nMcp-Name: foo\r\n", NAMED("tools/call", "\"name\":\"runs\""), 400, "-32020"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/call\r\n", NAMED("tools/call", "\"name\":\"runs\""), 400, "Mcp-Name is missing"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/list\r\n", ASK("resources/list"), 400, "-32020"},
    {"POST /mcp", NULL, MODERN, ASK("tools/list"), 400, "Mcp-Method is missing"},
    {"POST /mcp", NULL, JSON "Mcp-Method: tools/list\r\n", ASK("tools/list"), 400, "MCP-Protocol-Version is missing"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 2025-11-25\r\nMcp-Method: tools/list\r\n", ASK("tools/list"), 400, "-32020"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 1900-01-01\r\n", OLD("tools/list"), 400, "-32022"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: tools/list\r\n", OLD("tools/list"), 400, "-32602"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: no/such\r\n", ASK("no/such"), 404, "-32601"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 2025-06-18\r\n", OLD("tools/list"), 200, "\"inputSchema\""},
    {"POST /mcp", NULL, JSON, OLD("tools/list"), 200, "\"inputSchema\""},
    {"POST /mcp", NULL, JSON, OLD("no/such"), 200, "-32601"},
    {"POST /mcp", NULL, "Content-Type: application/json; charset=utf-8\r\n",
     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}", 200, "Mcp-Session-Id: "},
    {"POST /mcp", NULL, JSON, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, "Content-Length: 0"},
    {"POST /mcp", NULL, JSON, "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}", 202, "Content-Length: 0"},
    {"POST /mcp", NULL, JSON, "nonsense", 400, "-32700"},
    /* Who says nothing of a version is of 2025-03-26, which has batches. */
    {"POST /mcp", NULL, JSON, "[" OLD("ping") "]", 200, "\r\n\r\n[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}]"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 2025-03-26\r\n", "[" OLD("tools/list") "," OLD("no/such") "," OLD("ping") "]", 200,
     "\"result\":{}}]"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 2025-03-26\r\n", "[" OLD("tools/list") "," OLD("no/such") "]", 200, "-32601"},
    {"POST /mcp", NULL, JSON "MCP-Protocol-Version: 2025-06-18\r\n", "[" OLD("ping") "]", 400, "a batch is not part of this protocol version"},
    {"POST /mcp", NULL, MODERN "Mcp-Method: ping\r\n", "[" ASK("ping") "]", 400, "a batch is not part of this protocol version"},
    {"POST /mcp", NULL, JSON, "[]", 400, "-32600"},
    {"POST /mcp", NULL, JSON, "[[" OLD("ping") "]]", 200, "-32600"},
    {"POST /mcp", NULL, JSON, "[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]", 202, "Content-Length: 0"},
    {"POST /mcp", NULL, JSON, "[" OLD("initialize") "]", 200, "initialize is not part of a batch"},
    {"POST /mcp", NULL, JSON,
     "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}}},"
     OLD("ping") "]", 200, "\"kept\":true"},
    {"POST /mcp", NULL, JSON, "", 400, "the body is empty"},
    {"POST /mcp", NULL, "", OLD("ping"), 415, "Content-Type"},
    {"POST /mcp", NULL, "Content-Type: text/plain\r\n", OLD("ping"), 415, "Content-Type"},
    {"GET /mcp", NULL, "", "", 405, "Allow: POST"},
    {"DELETE /mcp", NULL, "Mcp-Session-Id: 1\r\n", "", 405, "Allow: POST"},
    {"OPTIONS /mcp", NULL, "Origin: http://localhost:5173\r\n", "", 405, "Allow: POST"},
    {"POST /", NULL, JSON, OLD("ping"), 404, "the endpoint is /mcp"},
    {"POST /../mcp", NULL, JSON, OLD("ping"), 404, "the endpoint is /mcp"},
    {"POST /mcp", "evil.example", JSON, OLD("ping"), 403, "Host"},
    {"POST /mcp", "127.0.0.1", JSON, OLD("ping"), 403, "Host"},
    {"POST /mcp", "127.0.0.1.evil.example:80", JSON, OLD("ping"), 403, "Host"},
    {"POST /mcp", NULL, JSON "Origin: http://evil.example\r\n", OLD("ping"), 403, "Origin"},
    {"POST /mcp", NULL, JSON "Origin: http://localhost.evil.example\r\n", OLD("ping"), 403, "Origin"},
    {"POST /mcp", NULL, JSON "Origin: null\r\n", OLD("ping"), 403, "Origin"},
    {"POST /mcp", NULL, JSON "Origin: http://localhost:5173\r\n", OLD("ping"), 200, "\"result\":{}"},
};
/* clang-format on */

static int request(const struct http *h, const char *line, const char *host, const char *headers,
                   const char *body, struct buf *answer) {
    struct buf bytes;
    buf_init(&bytes, ANSWER_MAX);
    buf_printf(&bytes, "%s HTTP/1.1\r\nHost: ", line);
    if (host)
        buf_puts(&bytes, host);
    else
        buf_printf(&bytes, "127.0.0.1:%d", h->port);
    buf_printf(&bytes, "\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s", headers,
               strlen(body), body);
    int status = talk(h, bytes.data, bytes.len, answer);
    buf_done(&bytes);
    return status;
}

TEST(requests_are_answered_or_refused_as_the_transport_wants_it) {
    struct http h = http_start(NULL);
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int status =
            request(&h, rows[i].line, rows[i].host, rows[i].headers, rows[i].body, &answer);
        (void)test_check(status == rows[i].status && strstr(answer.data, rows[i].has), __FILE__,
                         __LINE__, "row %zu, %s %s %s: %d, not %d with %s: %s", i, rows[i].line,
                         rows[i].headers, rows[i].body, status, rows[i].status, rows[i].has,
                         answer.data);
    }
    buf_done(&answer);
    http_stop(&h);
}

TEST(what_is_too_large_is_refused_and_the_next_one_answered) {
    struct http h = http_start(NULL);
    struct buf answer, bytes;
    buf_init(&answer, ANSWER_MAX);
    buf_init(&bytes, ANSWER_MAX);
    buf_printf(&bytes,
               "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" JSON
               "Connection: close\r\nContent-Length: %d\r\n\r\n",
               h.port, LARGE);
    char *body = buf_grow(&bytes, LARGE);
    REQUIRE(body);
    memset(body, ' ', LARGE);
    EXPECT_INT(talk(&h, bytes.data, bytes.len, &answer), 413);
    buf_reset(&bytes);
    buf_printf(&bytes, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX: ", h.port);
    body = buf_grow(&bytes, 1 << 20);
    REQUIRE(body);
    memset(body, 'x', 1 << 20);
    int status = talk(&h, bytes.data, bytes.len, &answer);
    EXPECT(status == 0 || (status >= 400 && status < 500));
    EXPECT(request(&h, "\xFF\x01 /mcp", NULL, JSON, OLD("ping"), &answer) != 200);
    EXPECT_INT(request(&h, "POST /mcp", NULL, JSON, OLD("ping"), &answer), 200);
    buf_done(&bytes);
    buf_done(&answer);
    http_stop(&h);
}

TEST(half_a_request_keeps_nobody_else_waiting) {
    struct http h = http_start(NULL);
    struct buf answer;
    int fds[20];
    buf_init(&answer, ANSWER_MAX);
    for (int i = 0; i < 20; i++) {
        fds[i] = dial(&h);
        EXPECT(send(fds[i], "POST /mcp HTTP/1.1\r\nHo", 22, MSG_NOSIGNAL) == 22);
    }
    EXPECT_INT(request(&h, "POST /mcp", NULL, JSON, OLD("ping"), &answer), 200);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
    buf_done(&answer);
    http_stop(&h);
}

/* A batch whose connection is gone is not waited for, and its answers go nowhere. */
TEST(a_batch_may_be_left_behind) {
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":"
                               "{\"name\":\"rules_check\",\"arguments\":{\"message\":\"a: b\"}}}";
    struct http h = http_start(NULL);
    struct buf answer, body, bytes;
    buf_init(&answer, ANSWER_MAX);
    buf_init(&body, ANSWER_MAX);
    buf_init(&bytes, ANSWER_MAX);
    for (int i = 0; i < 20; i++)
        buf_printf(&body, "%c%s", i ? ',' : '[', call);
    buf_putc(&body, ']');
    buf_printf(&bytes,
               "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" JSON "Content-Length: %zu\r\n\r\n%s",
               h.port, body.len, body.data);
    for (int i = 0; i < 10; i++) {
        int fd = dial(&h);
        EXPECT(send(fd, bytes.data, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
        close(fd);
    }
    EXPECT_INT(request(&h, "POST /mcp", NULL, JSON, OLD("ping"), &answer), 200);
    EXPECT_INT(request(&h, "POST /mcp", NULL, JSON, body.data, &answer), 200);
    buf_done(&bytes);
    buf_done(&body);
    buf_done(&answer);
    http_stop(&h);
}

#define COMMIT NAMED("tools/call", "\"name\":\"git_commit\",\"arguments\":{\"message\":\"a: b\"}")

TEST(what_writes_is_offered_to_those_who_may) {
    static const char headers[] = MODERN "Mcp-Method: tools/call\r\nMcp-Name: git_commit\r\n";
    static const char listing[] = MODERN "Mcp-Method: tools/list\r\n";
    static const char token[] = "Authorization: Bearer sesame\r\n";
    char list[256], call[256];
    (void)snprintf(list, sizeof(list), "%s%s", listing, token);
    (void)snprintf(call, sizeof(call), "%s%s", headers, token);
    for (int may = 0; may < 2; may++) {
        struct http h = http_start_with("sesame", may ? "--allow-write" : NULL);
        struct buf answer;
        buf_init(&answer, ANSWER_MAX);
        EXPECT_INT(request(&h, "POST /mcp", NULL, list, ASK("tools/list"), &answer), 200);
        EXPECT((strstr(answer.data, "\"git_commit\"") != NULL) == may);
        EXPECT(strstr(answer.data, "\"git_report_conflict\"") != NULL);
        EXPECT_INT(request(&h, "POST /mcp", NULL, headers, COMMIT, &answer), 401);
        EXPECT_INT(request(&h, "POST /mcp", NULL, call, COMMIT, &answer), 200);
        EXPECT_HAS(answer.data, may ? "there is no commit yet" : "started without --allow-write");
        buf_done(&answer);
        http_stop(&h);
    }
}

TEST(a_token_is_asked_for_when_there_is_one) {
    static const struct {
        const char *header;
        int status;
    } asked[] = {
        {"",                                       401},
        {"Authorization: Bearer Sesame\r\n",       401},
        {"Authorization: Bearer sesam\r\n",        401},
        {"Authorization: Bearer sesamesesame\r\n", 401},
        {"Authorization: Bearer \r\n",             401},
        {"Authorization: Basic sesame\r\n",        401},
        {"Authorization: sesame\r\n",              401},
        {"Authorization: Bearer sesame\r\n",       200},
        {"authorization: bearer sesame\r\n",       200},
    };
    struct http h = http_start("sesame");
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
        char headers[256];
        (void)snprintf(headers, sizeof(headers), "%s%s", JSON, asked[i].header);
        int status = request(&h, "POST /mcp", NULL, headers, OLD("ping"), &answer);
        (void)test_check(status == asked[i].status, __FILE__, __LINE__, "%s: %d, not %d",
                         asked[i].header, status, asked[i].status);
    }
    buf_done(&answer);
    http_stop(&h);
}

/* /proc/net/tcp: the local address of the listening socket is 127.0.0.1. */
TEST(only_the_loopback_interface_is_listened_on) {
    struct http h = http_start(NULL);
    char line[512], here[32], any[32];
    bool loopback = false, everywhere = false;
    snprintf(here, sizeof(here), ": %08X:%04X ", htonl(INADDR_LOOPBACK), (unsigned)h.port);
    snprintf(any, sizeof(any), ": 00000000:%04X ", (unsigned)h.port);
    FILE *f = fopen("/proc/net/tcp", "r");
    REQUIRE(f);
    while (fgets(line, sizeof(line), f)) {
        loopback |= strstr(line, here) != NULL;
        everywhere |= strstr(line, any) != NULL;
    }
    fclose(f);
    EXPECT(loopback && !everywhere);
    http_stop(&h);
}
