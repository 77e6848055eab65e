/* SPDX-License-Identifier: Apache-2.0 */
/* buf: growable bytes with a limit.
 *
 * data is always NUL-terminated, so a buf is also a C string; it is never NULL after buf_init().
 * A write past max sets `over` and drops the bytes: check once, at the end, with buf_ok(). */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len; /* without the NUL */
    size_t cap;
    size_t max; /* len never exceeds this */
    bool over;  /* something did not fit */
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b); /* copes with a zeroed struct */
/* Room for len bytes in all, so that adding them allocates nothing. No more than the limit. */
void buf_reserve(struct buf *b, size_t len);
void buf_reset(struct buf *b); /* len 0, over false; keeps the memory */

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Grows by len bytes and returns where they begin (uninitialised), or NULL when over. */
char *buf_grow(struct buf *b, size_t len);
/* 0, or ERR_LIMIT naming `what` and the limit. */
int buf_ok(const struct buf *b, const char *what);
/* The bytes, now owned by the caller (free()); the buf is empty again. */
char *buf_detach(struct buf *b);
