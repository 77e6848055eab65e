/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/utf8.h"

#undef err_set /* the macros for the analyzer */
#undef err_errno
#undef err_while

/* Long enough for a chain of paths; what does not fit is cut at the end, where it hurts least. */
enum { TEXT_MAX = 4096 };

static _Thread_local char err_buf[TEXT_MAX];

/* Cuts a character that vsnprintf() split off the end. */
static void trim_split_character(char *text) {
    size_t len = strlen(text);
    text[len - utf8_incomplete_tail(text, len)] = '\0';
}

int err_set(int code, const char *fmt, ...) {
    CHECK(code < 0);
    char text[TEXT_MAX]; /* an argument may be err_text() itself */
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    trim_split_character(text);
    memcpy(err_buf, text, strlen(text) + 1);
    return code;
}

/* err_buf := text ": " tail. text and tail may not overlap err_buf. */
static void join(const char *text, const char *tail) {
    if (snprintf(err_buf, sizeof(err_buf), "%s: %s", text, tail) >= (int)sizeof(err_buf))
        trim_split_character(err_buf);
}

int err_errno(int code, const char *fmt, ...) {
    CHECK(code < 0);
    char reason[128], text[TEXT_MAX];
    const char *said = strerror_r(errno, reason, sizeof(reason));
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    join(text, said);
    return code;
}

int err_while(int code, const char *fmt, ...) {
    CHECK(code < 0);
    char tail[TEXT_MAX], text[TEXT_MAX];
    memcpy(tail, err_buf, sizeof(tail));
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    join(text, tail);
    return code;
}

const char *err_text(void) {
    return err_buf;
}

const char *err_name(int code) {
    switch (code) {
    case ERR_OK:
        return "OK";
#define X(name, value, text) \
    case ERR_##name:         \
        return #name;
        ERR_MAP(X)
#undef X
    default:
        return "?";
    }
}

void err_check_failed(const char *file, int line, const char *cond) {
    (void)fprintf(stderr, "%s:%d: this should always hold: %s\n", file, line, cond);
    abort();
}

void err_out_of_memory(size_t size) {
    (void)fprintf(stderr, "out of memory, asking for %zu bytes\n", size);
    abort();
}

void *xcalloc(size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        err_out_of_memory(SIZE_MAX);
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        err_out_of_memory(count * size);
    return p;
}

void *xrealloc(void *p, size_t size) {
    void *grown = realloc(p, size ? size : 1);
    if (!grown)
        err_out_of_memory(size);
    return grown;
}

char *xstrdup(const char *s) {
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t len) {
    CHECK(len < SIZE_MAX);
    char *copy = xrealloc(NULL, len + 1);
    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

void *xaligned(size_t alignment, size_t size) {
    size_t whole = (size + alignment - 1) / alignment * alignment;
    void *p = whole >= size ? aligned_alloc(alignment, whole ? whole : alignment) : NULL;
    if (!p)
        err_out_of_memory(size);
    return p;
}
