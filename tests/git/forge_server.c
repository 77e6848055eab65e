/* SPDX-License-Identifier: Apache-2.0 */
/* forge_server: a forge on loopback, as far as the tests need one, for at most five minutes.
 *
 *     forge_server FOLDER
 *
 * writes its port into FOLDER/port, and each request as it came, behind "> ", into FOLDER/requests.
 * It holds each request to what the interface wants (headers, required members) and keeps its pull
 * requests in FOLDER/pulls, one JSON object a line; so what was made is there to be looked at. A
 * line of FOLDER/faults is an answer to give instead, once: "STATUS[ HEADER: VALUE]", "drop" (do it
 * and say nothing). /git/… is git http-backend over FOLDER. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

enum { REQUEST_MAX = 64 << 20, PATH_BYTES = 4096, SECONDS = 300 };

static const char *folder;
static int next_number = 1;

struct request {
    char method[16], target[2048];
    char *head; /* the headers, NUL-terminated */
    struct buf body;
};

struct answer {
    int status;
    struct buf body;
    char header[256];
    bool drop;
};

static const char *in_folder(struct buf *b, const char *name) {
    buf_reset(b);
    return file_join(b, folder, name);
}

static void append(const char *name, const char *text) {
    struct buf path;
    buf_init(&path, PATH_BYTES);
    FILE *f = fopen(in_folder(&path, name), "a");
    CHECK(f);
    (void)fputs(text, f);
    CHECK(fclose(f) == 0);
    buf_done(&path);
}

static bool header_of(const struct request *r, const char *name, char *out, size_t size) {
    size_t n = strlen(name);
    for (const char *line = r->head; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        const char *value = line + n + 1 + strspn(line + n + 1, " ");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\r\n"), value);
        return true;
    }
    return false;
}

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

static bool read_request(int fd, struct request *r) {
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
    if (header_of(r, "Expect", value, sizeof(value)))
        CHECK(write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 25);
    if (good && header_of(r, "Content-Length", value, sizeof(value)))
        good = read_bytes(fd, &r->body, strtoul(value, NULL, 10));
    else if (good && header_of(r, "Transfer-Encoding", value, sizeof(value)))
        good = read_chunks(fd, &r->body);
    return good;
}

static void log_request(const struct request *r) {
    struct buf text;
    buf_init(&text, REQUEST_MAX);
    buf_printf(&text, "> %s %s\n", r->method, r->target);
    for (const char *line = r->head; *line; line += strcspn(line, "\n") + 1)
        buf_printf(&text, "> %.*s\n", (int)strcspn(line, "\n"), line);
    if (r->body.len)
        buf_printf(&text, "> %s\n", r->body.data);
    append("requests", text.data);
    buf_done(&text);
}

/* The first line of faults, taken out of it. */
static bool take_fault(char *out, size_t size) {
    struct buf path;
    struct file file;
    buf_init(&path, PATH_BYTES);
    bool any = file_read(&file, in_folder(&path, "faults"), 1 << 16) == 0 && file.size;
    if (any) {
        size_t n = strcspn((char *)file.data, "\n");
        snprintf(out, size, "%.*s", (int)n, (char *)file.data);
        const char *rest = (char *)file.data + n + 1;
        CHECK(file_replace(path.data, rest, n < file.size ? file.size - n - 1 : 0) == 0);
        file_done(&file);
    }
    buf_done(&path);
    return any && *out;
}

static void refuse(struct answer *a, int status, const char *message) {
    a->status = status;
    buf_reset(&a->body);
    buf_printf(&a->body, "{\"message\":\"%s\"}", message);
}

/* The members that the interface requires, as text. */
static bool has_members(struct json body, const char *const *keys, struct answer *a) {
    for (; *keys; keys++)
        if (json_type(json_member(body, *keys)) != JSON_STRING) {
            a->status = 422;
            buf_printf(&a->body,
                       "{\"message\":\"Validation Failed\",\"errors\":[{\"field\":\"%s\","
                       "\"code\":\"missing_field\"}]}",
                       *keys);
            return false;
        }
    return true;
}

struct dialect {
    const char *prefix, *auth, *token;
    const char *pulls, *statuses; /* parts of the path */
    const char *create[6], *status[3];
    const char *number, *url, *text, *head;
};

static const struct dialect dialects[] = {
    {"/github/repos/up/engine",
     "Authorization", "Bearer sesame",
     "/pulls",          "/statuses/",
     {"title", "head", "base", "body", NULL},
     {"state", "context", NULL},
     "number", "html_url",
     "body",        "head"         },
    {"/gitea/repos/up/engine",
     "Authorization", "token sesame",
     "/pulls",          "/statuses/",
     {"title", "head", "base", "body", NULL},
     {"state", "context", NULL},
     "number", "html_url",
     "body",        "head"         },
    {"/gitlab/projects/up%2Fengine",
     "PRIVATE-TOKEN", "sesame",
     "/merge_requests", "/statuses/",
     {"title", "source_branch", "target_branch", "description", NULL},
     {"state", "name", NULL},
     "iid",    "web_url",
     "description", "source_branch"},
};

static void put_pull(struct json_writer *w, const struct dialect *d, int64_t number,
                     const char *head, const char *base, const char *title, const char *text) {
    const char *colon = strchr(head, ':');
    json_open_object(w, NULL);
    json_put_int(w, d->number, number);
    json_put_str(w, d->url, "http://forge/pull");
    json_put_str(w, "title", title);
    json_put_str(w, d->text, text);
    if (strcmp(d->head, "head") == 0) {
        json_open_object(w, "head");
        json_put_str(w, "ref", colon ? colon + 1 : head);
        json_open_object(w, "repo");
        json_put_str(w, "full_name", "up/engine");
        json_close_object(w);
        json_close_object(w);
        json_open_object(w, "base");
        json_put_str(w, "ref", base);
        json_close_object(w);
    } else {
        json_put_str(w, "source_branch", head);
    }
    json_close_object(w);
}

/* Every line of pulls, as a list. */
static void list_pulls(struct answer *a) {
    struct buf path;
    struct file file;
    buf_init(&path, PATH_BYTES);
    buf_putc(&a->body, '[');
    if (file_read(&file, in_folder(&path, "pulls"), 1 << 20) == 0) {
        for (size_t i = 0; i + 1 < file.size; i++)
            buf_putc(&a->body, file.data[i] == '\n' ? ',' : (char)file.data[i]);
        file_done(&file);
    }
    buf_putc(&a->body, ']');
    a->status = 200;
    buf_done(&path);
}

static void answer_pull(const struct dialect *d, struct json body, bool fresh, struct answer *a) {
    struct json_writer w;
    const char *title = "", *text = "", *head = "noctule/fix", *base = "main";
    if (fresh && !has_members(body, d->create, a))
        return;
    (void)json_opt_str(body, "title", &title);
    (void)json_opt_str(body, d->text, &text);
    (void)json_opt_str(body, d->head, &head);
    json_writer_init(&w, &a->body, 0);
    put_pull(&w, d, fresh ? next_number++ : next_number - 1, head, base, title, text);
    a->status = fresh ? 201 : 200;
    struct buf path;
    buf_init(&path, PATH_BYTES);
    if (!fresh)
        (void)unlink(in_folder(&path, "pulls"));
    buf_done(&path);
    append("pulls", a->body.data);
    append("pulls", "\n");
}

static void answer_forge(const struct dialect *d, const struct request *r, struct answer *a) {
    const char *path = r->target + strlen(d->prefix);
    char token[256] = "", version[64] = "";
    struct json_doc *doc = NULL;
    size_t pulls = strlen(d->pulls);
    bool post = strcmp(r->method, "POST") == 0;
    (void)header_of(r, d->auth, token, sizeof(token));
    (void)header_of(r, "X-GitHub-Api-Version", version, sizeof(version));
    if (strcmp(token, d->token) != 0)
        refuse(a, 401, "Bad credentials");
    else if (strstr(d->prefix, "github") && strcmp(version, "2022-11-28") != 0)
        refuse(a, 400, "no version");
    else if (strcmp(r->method, "GET") == 0)
        list_pulls(a);
    else if (json_parse(&doc, r->body.data, r->body.len, "body", 0) < 0)
        refuse(a, 400, "Problems parsing JSON");
    else if (strncmp(path, d->statuses, strlen(d->statuses)) == 0 && post) {
        if (has_members(json_root(doc), d->status, a)) {
            a->status = 201;
            buf_puts(&a->body, "{}");
        }
    } else if (strncmp(path, d->pulls, pulls) == 0 && (path[pulls] == '/') != post)
        answer_pull(d, json_root(doc), post, a);
    else
        refuse(a, 404, "Not Found");
    json_free(doc);
}

/* CGI: the head of what it writes is ours to turn into a status line. */
static void run_backend(int fd, const struct request *r) {
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
        (void)header_of(r, "Content-Type", type, sizeof(type));
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

static void serve(int fd) {
    struct request r = {.method = ""};
    struct answer a = {.status = 404};
    char fault[256] = "";
    buf_init(&a.body, 1 << 20);
    if (read_request(fd, &r) && strncmp(r.target, "/git/", 5) == 0) {
        run_backend(fd, &r);
    } else if (*r.method) {
        log_request(&r);
        bool faulty = take_fault(fault, sizeof(fault)), drop = strcmp(fault, "drop") == 0;
        for (size_t i = 0; (!faulty || drop) && i < sizeof(dialects) / sizeof(*dialects); i++)
            if (strncmp(r.target, dialects[i].prefix, strlen(dialects[i].prefix)) == 0)
                answer_forge(&dialects[i], &r, &a);
        char *space = strchr(fault, ' ');
        if (faulty)
            a.status = (int)strtol(fault, NULL, 10);
        if (faulty && a.status == 422)
            buf_puts(&a.body, "{\"message\":\"Validation Failed\",\"errors\":[{\"field\":\"head\","
                              "\"code\":\"invalid\"}]}");
        if (!drop)
            dprintf(fd, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\nConnection: close\r\n%s%s\r\n%s",
                    a.status, a.body.len, space ? space + 1 : "", space ? "\r\n" : "", a.body.data);
    }
    free(r.head);
    buf_done(&r.body);
    buf_done(&a.body);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    char port[16];
    struct buf path;
    CHECK(argc == 2);
    folder = argv[1];
    alarm(SECONDS);
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 16) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    snprintf(port, sizeof(port), "%d", ntohs(at.sin_port));
    buf_init(&path, PATH_BYTES);
    CHECK(file_replace(in_folder(&path, "port"), port, strlen(port)) == 0);
    buf_done(&path);
    for (;;) {
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            continue;
        serve(client);
        close(client);
    }
}
