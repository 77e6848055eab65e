/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/forge/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

enum { BODY_MAX = 1 << 20, URL_MAX = 8192, TOKEN_MAX = 4096, SAID_MAX = 600 };

static const struct forge_kind *find_kind(const char *name) {
    for (const struct forge_kind *const *k = forge_table; *k; k++)
        if (name && strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

/* git@host:owner/name.git, ssh://git@host/owner/name, https://host/owner/name.git */
const char *forge_repo_of(struct arena *arena, const char *url) {
    const char *scheme = strstr(url, "://");
    const char *path = scheme ? strchr(scheme + 3, '/') : strchr(url, ':');
    if (!path)
        return NULL;
    path += strspn(path, ":/");
    size_t len = strlen(path);
    while (len && path[len - 1] == '/')
        len--;
    if (len > 4 && strncmp(path + len - 4, ".git", 4) == 0)
        len -= 4;
    const char *slash = memchr(path, '/', len);
    return slash && slash > path && slash + 1 < path + len ? arena_strndup(arena, path, len) : NULL;
}

static const char *trim(struct arena *arena, const char *text, size_t len) {
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    return arena_strndup(arena, text, len);
}

static int read_token_file(struct arena *arena, const char *path, const char **out) {
    struct file file;
    const char *home = getenv("HOME");
    if (path[0] == '~' && path[1] == '/' && home)
        path = arena_printf(arena, "%s%s", home, path + 1);
    int rc = file_read(&file, path, TOKEN_MAX);
    if (rc < 0)
        return rc;
    *out = trim(arena, (const char *)file.data, file.size);
    file_done(&file);
    return 0;
}

/* From the environment or a file, never from a command line, which every process can read. */
static int find_token(struct forge *f, const struct settings_forge *s) {
    const char *name = s->token_env ? s->token_env : f->kind->token_env;
    const char *token = getenv(name);
    int rc = 0;
    if ((!token || !*token) && s->token_file)
        rc = read_token_file(f->arena, s->token_file, &token);
    if (rc < 0)
        return rc;
    if (!token || !*token)
        return f->shown ? 0
                        : err_set(ERR_NOTNOW, "there is no token: set $%s, or git.forge.token_file",
                                  name);
    if (strpbrk(token, "\r\n"))
        return err_set(ERR_NOTNOW, "the token of $%s holds a line break", name);
    f->secret = arena_printf(f->arena, "%s%s", f->kind->auth, token);
    return 0;
}

int forge_open(struct forge *out, struct arena *arena, const struct settings_forge *s,
               const char *upstream_url, struct buf *shown) {
    struct forge f = {.kind = find_kind(s->kind), .arena = arena, .shown = shown};
    if (!s->kind)
        return err_set(ERR_NOTNOW, "git.forge of noctule.json is not set up: \"kind\" is one of "
                                   "github, gitlab, gitea");
    if (!f.kind)
        return err_set(ERR_NOTNOW,
                       "git.forge.kind: \"%s\" is no forge; there are github, gitlab, gitea",
                       s->kind);
    f.api = s->api ? s->api : f.kind->api;
    f.repo = s->repo ? s->repo : forge_repo_of(arena, upstream_url);
    f.context = s->context;
    if (!f.api)
        return err_set(ERR_NOTNOW, "git.forge.api must say where %s answers", f.kind->name);
    if (!f.repo)
        return err_set(ERR_NOTNOW, "git.forge.repo must say which repository %s is", upstream_url);
    int rc = find_token(&f, s);
    if (rc == 0)
        *out = f;
    return rc;
}

static struct http_request make(const struct forge *f, const char *method, const char *path,
                                const char *body) {
    struct http_request r = {
        .method = method,
        .url = arena_printf(f->arena, "%s%s", f->api, path),
        .secret = f->secret,
        .body = body,
    };
    for (size_t i = 0; i < 4 && f->kind->headers[i]; i++)
        r.headers[i] = f->kind->headers[i];
    return r;
}

size_t forge_explain(const char *text, size_t len, char *said, size_t size) {
    struct json_doc *doc;
    const char *word = "";
    size_t n = 0;
    *said = '\0';
    if (json_parse(&doc, text, len, "reply", 0) < 0)
        return 0;
    struct json root = json_root(doc), message = json_member(root, "message");
    if (json_type(message) == JSON_STRING && json_as_str(message, &word) == 0)
        n = (size_t)snprintf(said, size, ": %.200s", word);
    for (struct json e = json_first(json_member(root, "errors")); e.node && n < size / 2;
         e = json_next(e)) {
        struct json m = json_type(e) == JSON_OBJECT ? json_member(e, "message") : e;
        const char *field = "";
        if (json_type(m) != JSON_STRING)
            m = json_member(e, "code");
        if (json_type(json_member(e, "field")) == JSON_STRING)
            (void)json_as_str(json_member(e, "field"), &field);
        if (json_type(m) == JSON_STRING && json_as_str(m, &word) == 0)
            n += (size_t)snprintf(said + n, size - n, "; %.60s%s%.120s", field, *field ? " " : "",
                                  word);
    }
    json_free(doc);
    return n;
}

static int refused(const struct http_request *r, const struct http_reply *reply) {
    char said[SAID_MAX];
    forge_explain(reply->body.data, reply->body.len, said, sizeof(said));
    const char *hint = reply->status == 401   ? " (is the token valid?)"
                       : reply->status == 403 ? " (may the token do this, or is a limit reached?)"
                       : reply->status == 404
                           ? " (is git.forge.repo right, and may the token see it?)"
                           : "";
    return err_set(ERR_IO, "%s %s answers %d%s%s", r->method, r->url, reply->status, said, hint);
}

static bool is_good(int status) {
    return status >= 200 && status < 300;
}

/* 0 with the answer, or with none in a dry run; it is the caller's to free. */
static int ask(const struct forge *f, const struct http_request *r, struct http_reply *out) {
    *out = (struct http_reply){.status = 0};
    if (f->shown) {
        if (f->shown->len)
            buf_putc(f->shown, '\n');
        http_print(f->shown, r);
        return 0;
    }
    int rc = http_send(r, out);
    return rc < 0 || is_good(out->status) ? rc : refused(r, out);
}

static int read_pull(const struct forge *f, struct json v, struct forge_pull *out) {
    const char *url = "", *title = "", *body = "";
    int64_t number = 0;
    int rc = json_int(v, f->kind->number_key, 1, INT64_MAX, &number);
    if (rc == 0)
        rc = json_str(v, f->kind->url_key, &url);
    if (rc == 0)
        rc = json_opt_str(v, "title", &title);
    if (rc == 0)
        rc = json_opt_str(v, f->kind->body_key, &body);
    if (rc == 0)
        *out = (struct forge_pull){.number = number,
                                   .url = arena_strdup(f->arena, url),
                                   .title = arena_strdup(f->arena, title),
                                   .body = arena_strdup(f->arena, body)};
    return rc;
}

int forge_read(const struct forge *f, const char *text, size_t len, struct forge_pull *out) {
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, "a pull request", 0);
    if (rc < 0)
        return rc;
    rc = read_pull(f, json_root(doc), out);
    json_free(doc);
    return rc;
}

int forge_read_list(const struct forge *f, const struct forge_wish *w, const char *text, size_t len,
                    struct forge_pull *out, size_t *count) {
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, "pull requests", 0);
    if (rc < 0)
        return rc;
    struct json list = json_root(doc);
    if (json_type(list) != JSON_ARRAY)
        rc = json_fail(list, "expected a list");
    for (struct json v = json_first(list); rc == 0 && v.node && !out->number; v = json_next(v))
        if (f->kind->is_ours(v, w))
            rc = read_pull(f, v, out);
    *count = rc == 0 ? json_len(list) : 0;
    json_free(doc);
    return rc;
}

static int find_on_page(const struct forge *f, const struct forge_wish *w, int page,
                        struct forge_pull *out, size_t *count) {
    struct http_reply reply;
    struct buf path;
    *count = 0;
    buf_init(&path, URL_MAX);
    f->kind->find(f, w, page, &path);
    const struct http_request r = make(f, "GET", path.data, NULL);
    int rc = ask(f, &r, &reply);
    buf_done(&path);
    if (rc == 0 && !f->shown)
        rc = forge_read_list(f, w, reply.body.data, reply.body.len, out, count);
    http_done(&reply);
    return rc;
}

static int find(const struct forge *f, const struct forge_wish *w, struct forge_pull *out) {
    size_t count = 1;
    int rc = 0;
    *out = (struct forge_pull){.number = 0};
    for (int page = 1; rc == 0 && count && !out->number && page <= f->kind->pages; page++)
        rc = find_on_page(f, w, page, out, &count);
    return rc;
}

/* A request with a body; the answer is a pull request, where one is wanted. */
static int send(const struct forge *f, const char *method, const struct buf *path,
                const struct buf *body, struct forge_pull *out, int *status) {
    struct http_reply reply;
    int rc = buf_ok(body, "the body of a request");
    if (rc < 0)
        return rc;
    const struct http_request r = make(f, method, path->data, body->data);
    rc = ask(f, &r, &reply);
    *status = reply.status;
    if (rc == 0 && out && !f->shown)
        rc = forge_read(f, reply.body.data, reply.body.len, out);
    http_done(&reply);
    return rc;
}

static int create(const struct forge *f, const struct forge_wish *w, struct forge_pull *out,
                  int *status) {
    struct json_writer writer;
    struct buf path, body;
    buf_init(&path, URL_MAX);
    buf_init(&body, BODY_MAX);
    json_writer_init(&writer, &body, 0);
    json_open_object(&writer, NULL);
    f->kind->create(f, w, &path, &writer);
    json_close_object(&writer);
    int rc = send(f, "POST", &path, &body, out, status);
    buf_done(&body);
    buf_done(&path);
    return rc;
}

static int update(const struct forge *f, const struct forge_wish *w, struct forge_pull *pull) {
    struct json_writer writer;
    struct buf path, body;
    int status;
    if (strcmp(pull->title, w->title) == 0 && strcmp(pull->body, w->body) == 0)
        return 0;
    buf_init(&path, URL_MAX);
    buf_init(&body, BODY_MAX);
    json_writer_init(&writer, &body, 0);
    json_open_object(&writer, NULL);
    f->kind->update(f, w, pull->number, &path, &writer);
    json_close_object(&writer);
    int rc = send(f, f->kind->update_method, &path, &body, pull, &status);
    buf_done(&body);
    buf_done(&path);
    return rc;
}

/* A lost answer, a failure of the server, or "there is one already": whether it was made is asked,
 * not guessed. */
static int look_again(const struct forge *f, const struct forge_wish *w, int rc, int status,
                      struct forge_pull *out) {
    char *said = xstrdup(err_text());
    bool maybe = status == 0 || status >= 500 || status == 409 || status == 422;
    int found = maybe ? find(f, w, out) : 0;
    if (!maybe || found < 0 || !out->number)
        rc = err_set(rc, "%s", said);
    else
        rc = update(f, w, out);
    free(said);
    return rc;
}

static int ask_number(const struct forge *f, const char *repo, int64_t *out) {
    struct http_reply reply;
    struct json_doc *doc = NULL;
    struct buf path;
    buf_init(&path, URL_MAX);
    f->kind->project(repo, &path);
    const struct http_request r = make(f, "GET", path.data, NULL);
    int rc = ask(f, &r, &reply);
    buf_done(&path);
    if (rc == 0 && !f->shown)
        rc = json_parse(&doc, reply.body.data, reply.body.len, repo, 0);
    if (rc == 0 && !f->shown)
        rc = json_int(json_root(doc), "id", 1, INT64_MAX, out);
    json_free(doc);
    http_done(&reply);
    return rc;
}

static int find_numbers(const struct forge *f, struct forge_wish *w) {
    int rc = ask_number(f, f->repo, &w->base_id);
    return rc == 0 ? ask_number(f, w->head_repo, &w->head_id) : rc;
}

int forge_pull_request(const struct forge *f, const struct forge_wish *wish, struct forge_pull *out,
                       bool *created) {
    int status = 0;
    *created = false;
    struct forge_wish w = *wish;
    int rc = strcmp(w.head_repo, f->repo) != 0 && f->kind->project ? find_numbers(f, &w) : 0;
    if (rc == 0)
        rc = find(f, &w, out);
    if (rc < 0)
        return rc;
    if (out->number)
        return update(f, &w, out);
    rc = create(f, &w, out, &status);
    *created = rc == 0 && !f->shown;
    return rc < 0 ? look_again(f, &w, rc, status, out) : 0;
}

int forge_set_status(const struct forge *f, const char *commit, bool good,
                     const char *description) {
    struct json_writer writer;
    struct buf path, body;
    int status;
    buf_init(&path, URL_MAX);
    buf_init(&body, BODY_MAX);
    json_writer_init(&writer, &body, 0);
    json_open_object(&writer, NULL);
    f->kind->status(f, commit, good, description, &path, &writer);
    json_close_object(&writer);
    int rc = send(f, "POST", &path, &body, NULL, &status);
    buf_done(&body);
    buf_done(&path);
    return rc;
}
