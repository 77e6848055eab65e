/* SPDX-License-Identifier: Apache-2.0 */
/* err: how a failure travels.
 *
 * A function that can fail returns 0 or one of the negative codes below; the sentence a person
 * reads lives in thread-local text. The place that finds the fault calls err_set(), each level
 * that knows more prepends with err_while(), and only cmd/ prints err_text(). A bug in our own
 * code is not a failure: it is CHECK(), which aborts. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

/* Only what a caller may act on; the rest is in the text. ARG is for a request that is wrong
 * whatever it is asked about, NOTNOW for one that another state of things would grant. */
#define ERR_MAP(X)                           \
    X(IO, -1, "input or output failed")      \
    X(FORMAT, -2, "the input is malformed")  \
    X(ARG, -3, "the request is wrong")       \
    X(NOMEM, -4, "out of memory")            \
    X(LIMIT, -5, "a limit was exceeded")     \
    X(UNSUPPORTED, -6, "not supported")      \
    X(NOTFOUND, -7, "not found")             \
    X(BUSY, -8, "in use by another process") \
    X(STOPPED, -9, "stopped on request")     \
    X(NOTNOW, -10, "not possible as things stand")

enum err {
    ERR_OK = 0,
#define X(name, code, text) ERR_##name = (code),
    ERR_MAP(X)
#undef X
};

/* Sets the text and returns code, so that `return err_set(ERR_FORMAT, "…")` is one line. */
int err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Like err_set(), with ": " and strerror(errno) behind the text. */
int err_errno(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prepends "<context>: " to the text and returns code. */
int err_while(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__ /* which cannot see into another file that they return their code */
#define err_set(code, ...)   ((void)err_set(code, __VA_ARGS__), (code))
#define err_errno(code, ...) ((void)err_errno(code, __VA_ARGS__), (code))
#define err_while(code, ...) ((void)err_while(code, __VA_ARGS__), (code))
#endif
/* The text of this thread's last failure; never NULL, valid until the next err_ call. */
const char *err_text(void);
/* "FORMAT" for ERR_FORMAT; "OK" for 0; "?" for what is no code. */
const char *err_name(int code);

/* A broken invariant of ours. Always on outside kernels; prints file:line and aborts. */
#define CHECK(cond) ((cond) ? (void)0 : err_check_failed(__FILE__, __LINE__, #cond))
_Noreturn void err_check_failed(const char *file, int line, const char *cond);

/* Prints how much was asked for and aborts: the end of small allocations. */
_Noreturn void err_out_of_memory(size_t size);

/* Small control allocations: abort when memory is out (or count * size overflows), never NULL;
 * free() them. Only xcalloc() zeroes. */
void *xcalloc(size_t count, size_t size);
void *xaligned(size_t alignment, size_t size); /* alignment: a power of two */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
