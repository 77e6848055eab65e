/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/git/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"
#include "tests/git/schema.h"

enum { DOCUMENT_MAX = 1 << 20, TEXT_MAX = 4096, BODY_MAX = 1 << 20, PARAMETERS_MAX = 32 };

struct openapi {
    struct json_doc *doc;
};

/* What of a request the description is about. */
struct operation {
    struct json at;   /* .parameters, .requestBody, .responses */
    const char *path; /* "/repos/{owner}/{repo}/pulls" */
};

int openapi_load(struct openapi **out, const char *path) {
    struct json_doc *doc = NULL;
    int rc = json_load(&doc, path, DOCUMENT_MAX, 0);
    if (rc < 0)
        return rc;
    struct openapi *o = xcalloc(1, sizeof(*o));
    o->doc = doc;
    *out = o;
    return 0;
}

void openapi_free(struct openapi *o) {
    if (o)
        json_free(o->doc);
    free(o);
}

bool openapi_header(const char *head, const char *name, char *out, size_t size) {
    size_t n = strlen(name);
    *out = '\0';
    for (const char *line = head; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, n) != 0 || line[n] != ':')
            continue;
        const char *value = line + n + 1 + strspn(line + n + 1, " ");
        (void)snprintf(out, size, "%.*s", (int)strcspn(value, "\r\n"), value);
        return true;
    }
    return false;
}

/* 0, or ERR_FORMAT. */
static int unescape(const char *text, size_t len, char *out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned byte = (unsigned char)text[i];
        if (byte == '%') {
            char digits[3] = {i + 1 < len ? text[i + 1] : '\0', i + 2 < len ? text[i + 2] : '\0',
                              0};
            if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
                return err_set(ERR_FORMAT, "%%%s is no escaped byte", digits);
            byte = (unsigned)strtoul(digits, NULL, 16);
            i += 2;
        }
        if (byte == 0 || n + 1 == size)
            return err_set(ERR_FORMAT, "it holds a NUL or is longer than %zu bytes", size);
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return 0;
}

/* The next part of a path, behind its '/'. */
static size_t part_len(const char *path) {
    return strcspn(path, "/?");
}

/* Whether the path fits; *part becomes what the target has where the path has {name}. */
static bool match(const char *path, const char *target, const char *name, const char **part) {
    while (*path == '/' && *target == '/') {
        size_t a = part_len(++path), b = part_len(++target);
        bool open = *path == '{';
        if (b == 0 || (!open && (a != b || strncmp(path, target, a) != 0)))
            return false;
        if (open && strlen(name) == a - 2 && strncmp(path + 1, name, a - 2) == 0)
            *part = target;
        path += a;
        target += b;
    }
    return *path == '\0' && (*target == '\0' || *target == '?');
}

static int find_operation(const struct openapi *o, const struct openapi_request *r,
                          struct operation *out) {
    struct json paths = json_get(json_root(o->doc), "paths");
    const char *unused;
    char method[16];
    size_t n = 0;
    for (; r->method[n] && n + 1 < sizeof(method); n++)
        method[n] = (char)tolower((unsigned char)r->method[n]);
    method[n] = '\0';
    for (struct json p = json_first(paths); p.node; p = json_next(p)) {
        struct json at = json_member(p, method);
        if (at.node && match(json_key(p), r->target, "", &unused)) {
            *out = (struct operation){at, json_key(p)};
            return 0;
        }
    }
    return err_set(ERR_FORMAT, "no such operation is described");
}

/* The value of a parameter where it is said to be: 1, 0 when it is not there, or ERR_FORMAT. */
static int find_value(const struct operation *op, const struct openapi_request *r,
                      const char *where, const char *name, char *out, size_t size) {
    const char *query = strchr(r->target, '?'), *part = NULL;
    size_t n = strlen(name), len = 0;
    if (strcmp(where, "header") == 0)
        return openapi_header(r->head, name, out, size);
    if (strcmp(where, "path") == 0 && match(op->path, r->target, name, &part) && part)
        len = part_len(part);
    for (const char *at = query ? query + 1 : ""; *at && !part && strcmp(where, "query") == 0;
         at += strcspn(at, "&"), at += *at == '&')
        if (strncmp(at, name, n) == 0 && at[n] == '=') {
            part = at + n + 1;
            len = strcspn(part, "&");
        }
    if (!part)
        return 0;
    int rc = unescape(part, len, out, size);
    return rc < 0 ? rc : 1;
}

/* A parameter has no type but that of its schema: "7" is a number where one is wanted. */
static int check_text(const struct openapi *o, struct json schema, const char *text) {
    const char *type = "string";
    struct json_doc *doc = NULL;
    struct json_writer w;
    struct buf b;
    (void)json_opt_str(schema, "type", &type);
    buf_init(&b, TEXT_MAX * 6);
    json_writer_init(&w, &b, 0);
    if (strcmp(type, "string") == 0)
        json_put_str(&w, NULL, text);
    else
        buf_puts(&b, text);
    int rc = json_parse(&doc, b.data, b.len, "it", 0);
    if (rc == 0)
        rc = schema_check(json_root(o->doc), schema, json_root(doc), true);
    json_free(doc);
    buf_done(&b);
    return rc;
}

static int check_parameters(const struct openapi *o, const struct operation *op,
                            const struct openapi_request *r) {
    struct json list = json_get(op->at, "parameters");
    char text[TEXT_MAX];
    int rc = 0;
    for (struct json p = json_first(list); rc == 0 && p.node; p = json_next(p)) {
        const char *name = "", *where = "";
        bool required = false;
        CHECK(json_str(p, "name", &name) == 0 && json_str(p, "in", &where) == 0);
        (void)json_opt_bool(p, "required", &required);
        rc = find_value(op, r, where, name, text, sizeof(text));
        if (rc == 0 && required)
            return err_set(ERR_FORMAT, "%s %s is missing", where, name);
        if (rc > 0)
            rc = check_text(o, json_get(p, "schema"), text);
        if (rc < 0)
            return err_while(rc, "%s %s", where, name);
    }
    return 0;
}

static bool is_described(const struct operation *op, const char *name, size_t len) {
    struct json list = json_get(op->at, "parameters");
    for (struct json p = json_first(list); p.node; p = json_next(p)) {
        const char *have = "", *where = "";
        CHECK(json_str(p, "name", &have) == 0 && json_str(p, "in", &where) == 0);
        if (strcmp(where, "query") == 0 && strlen(have) == len && strncmp(have, name, len) == 0)
            return true;
    }
    return false;
}

static int check_query(const struct operation *op, const struct openapi_request *r) {
    const char *query = strchr(r->target, '?');
    for (const char *at = query ? query + 1 : ""; *at; at += *at == '&') {
        size_t len = strcspn(at, "=&");
        if (!is_described(op, at, len))
            return err_set(ERR_FORMAT, "query %.*s is not described", (int)len, at);
        at += strcspn(at, "&");
    }
    return 0;
}

static int check_body(const struct openapi *o, const struct operation *op,
                      const struct openapi_request *r) {
    struct json wanted = json_get(op->at, "requestBody");
    struct json kinds = json_get(wanted, "content");
    struct json_doc *doc = NULL;
    char type[128];
    if (!wanted.node)
        return r->body_len ? err_set(ERR_FORMAT, "it has a body, and none is described") : 0;
    (void)openapi_header(r->head, "Content-Type", type, sizeof(type));
    type[strcspn(type, "; ")] = '\0';
    struct json kind = json_member(kinds, type);
    if (!kind.node)
        return err_set(ERR_FORMAT, "the type of its body is \"%s\"", type);
    int rc = json_parse(&doc, r->body, r->body_len, "body", 0);
    if (rc == 0)
        rc = schema_check(json_root(o->doc), json_get(kind, "schema"), json_root(doc), true);
    json_free(doc);
    return rc;
}

int openapi_check(const struct openapi *o, const struct openapi_request *r) {
    struct operation op = {.path = r->target};
    int rc = find_operation(o, r, &op);
    if (rc == 0)
        rc = check_parameters(o, &op, r);
    if (rc == 0)
        rc = check_query(&op, r);
    if (rc == 0)
        rc = check_body(o, &op, r);
    return rc == 0 ? 0 : err_while(rc, "%s %s", r->method, op.path);
}

int openapi_answer(const struct openapi *o, const struct openapi_request *r, struct json overlay,
                   int *status, struct buf *body) {
    struct operation op;
    struct json_doc *doc = NULL;
    struct json_writer w;
    int rc = find_operation(o, r, &op);
    if (rc < 0)
        return rc;
    struct json good = json_first(json_get(op.at, "responses"));
    struct json content = json_get(good, "content");
    struct json schema = json_get(json_member(content, "application/json"), "schema");
    *status = (int)strtol(json_key(good), NULL, 10);
    json_writer_init(&w, body, 0);
    schema_sample(json_root(o->doc), schema, overlay, &w, NULL);
    rc = json_parse(&doc, body->data, body->len, "answer", 0);
    if (rc == 0)
        rc = schema_check(json_root(o->doc), schema, json_root(doc), false);
    json_free(doc);
    return rc == 0 ? 0 : err_while(rc, "the answer to %s %s", r->method, op.path);
}
