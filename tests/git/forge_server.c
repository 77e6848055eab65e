/* SPDX-License-Identifier: Apache-2.0 */
/* forge_server: a forge on loopback, as far as the tests need one, for at most five minutes, or the
 * SECONDS that are given.
 *
 *     forge_server FOLDER [SECONDS]
 *
 * writes its port into FOLDER/port, and each request as it came, behind "> ", into FOLDER/requests.
 * It holds each request, and each good answer, to what the service publishes of its interface
 * (openapi.h): what does not conform is a line of FOLDER/breaches, and a request is refused. Its
 * pull requests are in FOLDER/pulls, one JSON object a line, as much of them as is not filled in;
 * so what was made is there to be looked at. A line of FOLDER/faults is an answer to give instead,
 * once: "STATUS[ HEADER: VALUE]", "drop" (do it and say nothing). /git/… is git http-backend over
 * FOLDER. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "tests/git/openapi.h"
#include "tests/git/request.h"

enum { PATH_BYTES = 4096, SECONDS = 300 };

static const char *folder;
static int next_number = 1;
/* Of the pull request made last, which an update does not say again. */
static char last_head[512] = "noctule/fix";
static int last_source = 1;

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

static void log_request(const struct request *r) {
    struct buf text;
    buf_init(&text, 64 << 20);
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
    const char *name; /* of the first part of a path, and of the description */
    const char *auth, *token;
    const char *pulls; /* a part of the path */
    const char *create[5];
    const char *number, *url, *text;
    bool is_hub; /* a branch is an object */
    struct openapi *description;
};

static struct dialect dialects[] = {
    {"github",
     "Authorization", "Bearer sesame",
     "/pulls",          {"title", "head", "base", "body", NULL},
     "number", "html_url",
     "body",        true,
     NULL},
    {"gitea",
     "Authorization", "token sesame",
     "/pulls",          {"title", "head", "base", "body", NULL},
     "number", "html_url",
     "body",        true,
     NULL},
    {"gitlab",
     "PRIVATE-TOKEN", "sesame",
     "/merge_requests", {"title", "source_branch", "target_branch", "description", NULL},
     "iid",    "web_url",
     "description", false,
     NULL},
};

/* What follows the name, "/repos/…". */
static const char *path_of(const struct dialect *d, const struct request *r) {
    return r->target + 1 + strlen(d->name);
}

static struct dialect *find_dialect(const struct request *r) {
    size_t len = strcspn(r->target + 1, "/");
    for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (strlen(dialects[i].name) == len && strncmp(r->target + 1, dialects[i].name, len) == 0)
            return &dialects[i];
    return NULL;
}

static struct openapi_request described(const struct dialect *d, const struct request *r) {
    return (struct openapi_request){.method = r->method,
                                    .target = path_of(d, r),
                                    .head = r->head,
                                    .body = r->body.data,
                                    .body_len = r->body.len};
}

static void load_descriptions(void) {
    struct buf path;
    buf_init(&path, PATH_BYTES);
    for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
        buf_reset(&path);
        buf_printf(&path, "%s/tests/git/data/%s.json", SOURCE_DIR, dialects[i].name);
        if (openapi_load(&dialects[i].description, path.data) < 0) {
            fprintf(stderr, "%s\n", err_text());
            exit(1);
        }
    }
    buf_done(&path);
}

static void breach(const struct dialect *d) {
    char line[1024];
    snprintf(line, sizeof(line), "%s: %s\n", d->name, err_text());
    append("breaches", line);
}

/* The answer as the service would give it: what is in overlay, and all that must be there. */
static void answer_with(const struct dialect *d, const struct request *r, const struct buf *overlay,
                        struct answer *a) {
    const struct openapi_request asked = described(d, r);
    struct json_doc *doc = NULL;
    CHECK(json_parse(&doc, overlay->data, overlay->len, "overlay", 0) == 0);
    if (openapi_answer(d->description, &asked, json_root(doc), &a->status, &a->body) < 0)
        breach(d);
    json_free(doc);
}

/* Project 1; a fork of it is 2. */
static bool is_upstream(const struct request *r) {
    return strstr(r->target, "up%2Fengine") != NULL;
}

/* "git:branch" is a fork's. */
static void put_hub(struct json_writer *w, const char *head, const char *base) {
    const char *colon = strchr(head, ':');
    bool fork = colon && strncmp(head, "up:", 3) != 0;
    json_open_object(w, "head");
    json_put_str(w, "ref", colon ? colon + 1 : head);
    json_open_object(w, "repo");
    json_put_str(w, "full_name", fork ? "git/me" : "up/engine");
    json_close_object(w);
    json_close_object(w);
    json_open_object(w, "base");
    json_put_str(w, "ref", base);
    json_close_object(w);
}

static void put_lab(struct json_writer *w, const char *head, const char *base) {
    json_put_str(w, "source_branch", head);
    json_put_str(w, "target_branch", base);
    json_put_int(w, "source_project_id", last_source);
    json_put_int(w, "target_project_id", 1);
}

/* Every line of pulls, as a list. */
static void list_pulls(const struct dialect *d, const struct request *r, struct answer *a) {
    struct buf path, list;
    struct file file;
    buf_init(&path, PATH_BYTES);
    buf_init(&list, 1 << 20);
    buf_putc(&list, '[');
    if (file_read(&file, in_folder(&path, "pulls"), 1 << 20) == 0) {
        for (size_t i = 0; i + 1 < file.size; i++)
            buf_putc(&list, file.data[i] == '\n' ? ',' : (char)file.data[i]);
        file_done(&file);
    }
    buf_putc(&list, ']');
    answer_with(d, r, &list, a);
    buf_done(&list);
    buf_done(&path);
}

static void make_pull(const struct dialect *d, const struct request *r, struct json body,
                      struct buf *out) {
    struct json_writer w;
    const char *title = "", *text = "", *head = last_head, *base = "main";
    bool fresh = strcmp(r->method, "POST") == 0;
    (void)json_opt_str(body, "title", &title);
    (void)json_opt_str(body, d->text, &text);
    (void)json_opt_str(body, d->is_hub ? "head" : "source_branch", &head);
    (void)json_opt_str(body, d->is_hub ? "base" : "target_branch", &base);
    if (fresh) {
        snprintf(last_head, sizeof(last_head), "%s", head);
        last_source = is_upstream(r) ? 1 : 2;
    }
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_int(&w, d->number, fresh ? next_number++ : next_number - 1);
    json_put_str(&w, d->url, "http://forge/pull");
    json_put_str(&w, "title", title);
    json_put_str(&w, d->text, text);
    if (d->is_hub)
        put_hub(&w, last_head, base);
    else
        put_lab(&w, last_head, base);
    json_close_object(&w);
}

static void answer_pull(const struct dialect *d, const struct request *r, struct json body,
                        struct answer *a) {
    bool fresh = strcmp(r->method, "POST") == 0;
    struct buf path, pull;
    if (fresh && !has_members(body, d->create, a))
        return;
    buf_init(&path, PATH_BYTES);
    buf_init(&pull, 1 << 20);
    make_pull(d, r, body, &pull);
    answer_with(d, r, &pull, a);
    if (!fresh)
        (void)unlink(in_folder(&path, "pulls"));
    append("pulls", pull.data);
    append("pulls", "\n");
    buf_done(&pull);
    buf_done(&path);
}

/* A status is what was asked for. */
static void answer_status(const struct dialect *d, const struct request *r, struct answer *a) {
    answer_with(d, r, &r->body, a);
}

static void answer_project(const struct dialect *d, const struct request *r, struct answer *a) {
    struct buf b;
    buf_init(&b, 1024);
    buf_printf(&b, "{\"id\":%d,\"path_with_namespace\":\"%s\"}", is_upstream(r) ? 1 : 2,
               is_upstream(r) ? "up/engine" : "git/me");
    answer_with(d, r, &b, a);
    buf_done(&b);
}

static void answer_forge(const struct dialect *d, const struct request *r, struct answer *a) {
    char token[256] = "";
    struct json_doc *doc = NULL;
    (void)openapi_header(r->head, d->auth, token, sizeof(token));
    if (strcmp(token, d->token) != 0)
        refuse(a, 401, "Bad credentials");
    else if (strcmp(r->method, "GET") == 0 && strstr(r->target, d->pulls))
        list_pulls(d, r, a);
    else if (strcmp(r->method, "GET") == 0)
        answer_project(d, r, a);
    else if (json_parse(&doc, r->body.data, r->body.len, "body", 0) < 0)
        refuse(a, 400, "Problems parsing JSON");
    else if (strstr(r->target, "/statuses/"))
        answer_status(d, r, a);
    else
        answer_pull(d, r, json_root(doc), a);
    json_free(doc);
}

/* 400 to what is not described, whatever else would have been said. */
static bool conforms(const struct dialect *d, const struct request *r, struct answer *a) {
    const struct openapi_request asked = described(d, r);
    if (openapi_check(d->description, &asked) == 0)
        return true;
    breach(d);
    a->status = 400;
    buf_puts(&a->body, "{\"message\":");
    struct json_writer w;
    json_writer_init(&w, &a->body, 0);
    json_put_str(&w, NULL, err_text());
    buf_putc(&a->body, '}');
    return false;
}

static void serve(int fd) {
    struct request r = {.method = ""};
    struct answer a = {.status = 404};
    char fault[256] = "";
    buf_init(&a.body, 1 << 20);
    if (request_read(&r, fd) && strncmp(r.target, "/git/", 5) == 0) {
        request_run_git(&r, fd, folder);
    } else if (*r.method) {
        log_request(&r);
        const struct dialect *d = find_dialect(&r);
        bool good = d && conforms(d, &r, &a);
        bool faulty = good && take_fault(fault, sizeof(fault)), drop = strcmp(fault, "drop") == 0;
        if (good && (!faulty || drop))
            answer_forge(d, &r, &a);
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
    request_done(&r);
    buf_done(&a.body);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    char port[16];
    struct buf path;
    CHECK(argc == 2 || argc == 3);
    folder = argv[1];
    load_descriptions();
    alarm(argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : SECONDS);
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
