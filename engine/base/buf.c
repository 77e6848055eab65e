/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { CAP_FIRST = 64 };

/* What an empty buf without memory points at. Never written: cap 0 says that it is not ours. */
static char nothing[1];

void buf_init(struct buf *b, size_t max) {
    if (max > PTRDIFF_MAX - 1)
        max = PTRDIFF_MAX - 1;
    *b = (struct buf){.data = nothing, .max = max};
}

void buf_done(struct buf *b) {
    if (b->cap)
        free(b->data);
    *b = (struct buf){.data = nothing, .max = b->max};
}

void buf_reset(struct buf *b) {
    b->len = 0;
    b->over = false;
    if (b->cap)
        b->data[0] = '\0';
}

/* Room for len more bytes and the NUL; false when that is past the limit. */
static bool reserve(struct buf *b, size_t len) {
    if (b->over || len > b->max - b->len) {
        b->over = true;
        return false;
    }
    size_t need = b->len + len + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : CAP_FIRST;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    b->data = xrealloc(b->cap ? b->data : NULL, cap);
    b->data[b->len] = '\0';
    b->cap = cap;
    return true;
}

void buf_reserve(struct buf *b, size_t len) {
    len = len < b->max ? len : b->max;
    if (len > b->len)
        (void)reserve(b, len - b->len);
}

char *buf_grow(struct buf *b, size_t len) {
    if (!reserve(b, len))
        return NULL;
    char *at = b->data + b->len;
    b->len += len;
    b->data[b->len] = '\0';
    return at;
}

void buf_add(struct buf *b, const void *bytes, size_t len) {
    if (len == 0)
        return;
    char *at = buf_grow(b, len);
    if (at)
        memcpy(at, bytes, len);
}

void buf_puts(struct buf *b, const char *s) {
    buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c) {
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    size_t room = b->cap ? b->cap - b->len : 0;
    int len = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
    CHECK(len >= 0);
    if (reserve(b, (size_t)len)) {
        if ((size_t)len >= room) /* what is there was cut */
            (void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    } else if (room) {
        b->data[b->len] = '\0'; /* what did not fit is dropped whole */
    }
    va_end(again);
}

int buf_ok(const struct buf *b, const char *what) {
    if (!b->over)
        return 0;
    return err_set(ERR_LIMIT, "%s is longer than %zu bytes", what, b->max);
}

char *buf_detach(struct buf *b) {
    char *data = b->cap ? b->data : xstrdup("");
    buf_init(b, b->max);
    return data;
}
