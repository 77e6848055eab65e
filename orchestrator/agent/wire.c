/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/wire.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"

enum { CHUNK_LINE_MAX = 128, UNKNOWN = -1 };

/* What the head says of the body. */
struct framing {
    int64_t length; /* UNKNOWN when it is not said */
    bool chunked;
};

static int bad(const char *what) {
    return err_set(ERR_FORMAT, "the request: %s", what);
}

/* A word up to a blank, into out. */
static const char *word(const char *at, const char *end, char *out, size_t room) {
    const char *stop = memchr(at, ' ', (size_t)(end - at));
    size_t len = (size_t)((stop ? stop : end) - at);
    if (len == 0 || len >= room)
        return NULL;
    memcpy(out, at, len);
    out[len] = '\0';
    return stop ? stop + 1 : end;
}

static int read_request_line(struct wire *w, const char *line, size_t len) {
    const char *end = line + len, *at = word(line, end, w->method, sizeof(w->method));
    char version[16];
    at = at ? word(at, end, w->path, sizeof(w->path)) : NULL;
    at = at && at < end ? word(at, end, version, sizeof(version)) : NULL;
    if (at != end || w->path[0] != '/')
        return bad("its first line is none of HTTP/1.1");
    for (const char *p = w->method; *p; p++)
        if (!isupper((unsigned char)*p))
            return bad("its method is none");
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return bad("its version is not 1.1");
    w->keep_alive = strcmp(version, "HTTP/1.1") == 0;
    return 0;
}

static bool is(const char *name, size_t len, const char *wanted) {
    return strlen(wanted) == len && strncasecmp(name, wanted, len) == 0;
}

static int read_length(struct framing *f, const char *value, size_t len) {
    int64_t n = 0;
    if (len == 0 || len > 10 || f->length != UNKNOWN)
        return bad("its length is none, or there are two");
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9')
            return bad("its length is no number");
        n = n * 10 + (value[i] - '0');
    }
    f->length = n;
    return n > WIRE_BODY_MAX ? err_set(ERR_LIMIT, "the request's body is too large") : 0;
}

static void read_token(struct wire *w, const char *value, size_t len) {
    if (len > 7 && strncasecmp(value, "Bearer ", 7) == 0) {
        value += 7;
        len -= 7;
    }
    if (len < sizeof(w->token))
        (void)snprintf(w->token, sizeof(w->token), "%.*s", (int)len, value);
}

static int read_header(struct wire *w, struct framing *f, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len);
    if (!colon || colon == line || line[0] == ' ' || line[0] == '\t' || colon[-1] == ' ')
        return bad("a header is none");
    size_t name = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    size_t size = (size_t)(end - value);
    if (is(line, name, "content-length"))
        return read_length(f, value, size);
    if (is(line, name, "transfer-encoding")) {
        if (!is(value, size, "chunked") || f->chunked)
            return bad("its body is encoded in a way that is not understood");
        f->chunked = true;
    } else if (is(line, name, "connection")) {
        w->keep_alive = w->keep_alive && !is(value, size, "close");
    } else if (is(line, name, "x-api-key") || is(line, name, "authorization")) {
        read_token(w, value, size);
    } else if (is(line, name, "expect")) {
        w->awaits = is(value, size, "100-continue");
    }
    return 0;
}

static int read_head(struct wire *w, struct framing *f, const char *head, size_t len) {
    bool first = true;
    for (size_t at = 0; at < len;) {
        const char *end = memmem(head + at, len - at, "\r\n", 2);
        size_t size = end ? (size_t)(end - head) - at : len - at;
        if (memchr(head + at, '\r', size) || memchr(head + at, '\n', size) ||
            memchr(head + at, '\0', size))
            return bad("its head holds a control byte");
        int rc = first ? read_request_line(w, head + at, size) : read_header(w, f, head + at, size);
        if (rc < 0)
            return rc;
        first = false;
        at += size + 2;
    }
    if (first)
        return bad("it is empty");
    return f->chunked && f->length != UNKNOWN ? bad("its body has two lengths") : 0;
}

/* From behind the head. 1 and *used, 0 for more, or a failure. */
static int read_chunks(struct buf *body, const char *bytes, size_t len, size_t *used) {
    for (size_t at = 0;;) {
        size_t rest = len - at;
        const char *end =
            memmem(bytes + at, rest < CHUNK_LINE_MAX ? rest : CHUNK_LINE_MAX, "\r\n", 2);
        if (!end)
            return rest >= CHUNK_LINE_MAX ? bad("a chunk's first line is too long") : 0;
        uint64_t size = 0;
        size_t digits = 0;
        for (const char *p = bytes + at; p < end && isxdigit((unsigned char)*p); p++, digits++)
            size = size << 4 |
                   (uint64_t)(isdigit((unsigned char)*p) ? *p - '0' : (*p | 32) - 'a' + 10);
        const char *behind = bytes + at + digits;
        if (digits == 0 || digits > 8 || (behind < end && *behind != ';'))
            return bad("a chunk has no length");
        if (size > WIRE_BODY_MAX - body->len)
            return err_set(ERR_LIMIT, "the request's body is too large");
        at = (size_t)(end - bytes) + 2;
        if (len - at < size + 2)
            return 0;
        if (memcmp(bytes + at + size, "\r\n", 2) != 0)
            return bad("a chunk does not end where it should");
        buf_add(body, bytes + at, (size_t)size);
        at += (size_t)size + 2;
        if (size == 0) { /* trailers are not understood */
            *used = at;
            return 1;
        }
    }
}

int wire_read(struct wire *w, struct buf *body, const char *bytes, size_t len) {
    struct framing f = {.length = UNKNOWN};
    size_t used = 0;
    const char *end = memmem(bytes, len < WIRE_HEAD_MAX ? len : WIRE_HEAD_MAX, "\r\n\r\n", 4);
    memset(w, 0, sizeof(*w));
    buf_reset(body);
    if (!end)
        return len >= WIRE_HEAD_MAX ? err_set(ERR_LIMIT, "the request's head is too large") : 0;
    size_t head = (size_t)(end - bytes);
    int rc = read_head(w, &f, bytes, head);
    if (rc < 0)
        return rc;
    head += 4;
    if (f.chunked) {
        rc = read_chunks(body, bytes + head, len - head, &used);
        w->size = head + used;
        return rc;
    }
    used = f.length > 0 ? (size_t)f.length : 0;
    if (len - head < used)
        return 0;
    buf_add(body, bytes + head, used);
    w->size = head + used;
    return 1;
}

void wire_answer(struct buf *out, int status, const char *type, const char *body, size_t len,
                 bool keep_alive) {
    buf_printf(out,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
               "Connection: %s\r\n\r\n",
               status, status < 400 ? "OK" : "No", type, len,
               status == 403 ? "x-should-retry: false\r\n" : "",
               keep_alive ? "keep-alive" : "close");
    buf_add(out, body, len);
}
