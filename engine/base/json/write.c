/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of json. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"

/* What a level is; state[0] is the top, outside of everything. */
enum { LEVEL_OBJECT = 1, LEVEL_ARRAY = 2, LEVEL_USED = 4 };

void json_writer_init(struct json_writer *w, struct buf *out, int indent) {
    *w = (struct json_writer){.out = out, .indent = indent};
}

static void new_line(struct json_writer *w) {
    if (w->indent > 0)
        buf_printf(w->out, "\n%*s", w->depth * w->indent, "");
}

/* Everything that is safe goes out in one piece; ill-formed bytes become U+FFFD. */
static void put_quoted(struct buf *out, const char *s, size_t len) {
    static const char short_escapes[32] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    size_t begin = 0, i = 0;
    buf_putc(out, '"');
    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        uint32_t cp;
        size_t n = utf8_decode(s + i, len - i, &cp);
        if (n && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        buf_add(out, s + begin, i - begin);
        if (n == 0)
            buf_puts(out, "\xEF\xBF\xBD");
        else if (c == '"' || c == '\\' || short_escapes[c])
            buf_printf(out, "\\%c", c >= 0x20 ? c : short_escapes[c]);
        else
            buf_printf(out, "\\u%04x", c);
        i += n ? n : utf8_bad_subpart(s + i, len - i);
        begin = i;
    }
    buf_add(out, s + begin, len - begin);
    buf_putc(out, '"');
}

/* Comma, line break and key ahead of a value. */
static void begin_value(struct json_writer *w, const char *key) {
    unsigned char *level = &w->state[w->depth];
    CHECK(!key == !(*level & LEVEL_OBJECT)); /* keys in objects, and only there */
    if (*level & LEVEL_USED)
        buf_putc(w->out, w->depth ? ',' : '\n'); /* at the top: one document a line */
    *level |= LEVEL_USED;
    if (w->depth)
        new_line(w);
    if (!key)
        return;
    put_quoted(w->out, key, strlen(key));
    buf_puts(w->out, w->indent > 0 ? ": " : ":");
}

static void open_level(struct json_writer *w, const char *key, char bracket, unsigned char kind) {
    begin_value(w, key);
    CHECK((size_t)w->depth + 1 < sizeof(w->state));
    buf_putc(w->out, bracket);
    w->state[++w->depth] = kind;
}

static void close_level(struct json_writer *w, char bracket, unsigned char kind) {
    unsigned char level = w->state[w->depth];
    CHECK(w->depth > 0 && (level & kind));
    w->depth--;
    if (level & LEVEL_USED)
        new_line(w);
    buf_putc(w->out, bracket);
}

void json_open_object(struct json_writer *w, const char *key) {
    open_level(w, key, '{', LEVEL_OBJECT);
}

void json_close_object(struct json_writer *w) {
    close_level(w, '}', LEVEL_OBJECT);
}

void json_open_array(struct json_writer *w, const char *key) {
    open_level(w, key, '[', LEVEL_ARRAY);
}

void json_close_array(struct json_writer *w) {
    close_level(w, ']', LEVEL_ARRAY);
}

void json_put_str(struct json_writer *w, const char *key, const char *value) {
    if (value)
        json_put_strn(w, key, value, strlen(value));
    else
        json_put_null(w, key);
}

void json_put_strn(struct json_writer *w, const char *key, const char *value, size_t len) {
    begin_value(w, key);
    put_quoted(w->out, value, len);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value) {
    begin_value(w, key);
    buf_printf(w->out, "%" PRId64, value);
}

void json_put_real(struct json_writer *w, const char *key, double value) {
    begin_value(w, key);
    if (!isfinite(value)) {
        buf_puts(w->out, "null");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) { /* the shortest that reads back */
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (digits == 17 || fabs(strtod(text, NULL) - value) <= 0)
            break;
    }
    buf_puts(w->out, text);
}

void json_put_bool(struct json_writer *w, const char *key, bool value) {
    begin_value(w, key);
    buf_puts(w->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *w, const char *key) {
    begin_value(w, key);
    buf_puts(w->out, "null");
}

static void put_members(struct json_writer *w, struct json value, bool named) {
    for (struct json v = json_first(value); v.node; v = json_next(v))
        json_put_json(w, named ? json_key(v) : NULL, v);
}

/* An integer stays one: readers of sizes want plain digits. */
static void put_number(struct json_writer *w, const char *key, struct json value) {
    int64_t whole;
    double real = 0;
    if (json_as_int(value, INT64_MIN, INT64_MAX, &whole) == 0) {
        json_put_int(w, key, whole);
        return;
    }
    (void)json_as_real(value, &real);
    json_put_real(w, key, real);
}

void json_put_json(struct json_writer *w, const char *key, struct json value) {
    const char *text = NULL;
    bool flag = false;
    switch (json_type(value)) {
    case JSON_OBJECT:
        json_open_object(w, key);
        put_members(w, value, true);
        json_close_object(w);
        break;
    case JSON_ARRAY:
        json_open_array(w, key);
        put_members(w, value, false);
        json_close_array(w);
        break;
    case JSON_NUMBER:
        put_number(w, key, value);
        break;
    case JSON_STRING:
        (void)json_as_str(value, &text);
        json_put_str(w, key, text);
        break;
    case JSON_BOOL:
        (void)json_as_bool(value, &flag);
        json_put_bool(w, key, flag);
        break;
    case JSON_NULL:
    case JSON_NONE:
        json_put_null(w, key);
        break;
    }
}
