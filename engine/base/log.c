/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/plain.h"

/* A longer line is cut; one write() per line keeps lines of several processes whole. */
enum { LINE_MAX_BYTES = 4096 };

static _Atomic int log_threshold = LOG_INFO;

void log_set_level(enum log_level level) {
    log_threshold = (int)level;
}

static void write_all(const char *data, size_t len) {
    while (len) {
        ssize_t n = write(STDERR_FILENO, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody is left to tell */
        data += n;
        len -= (size_t)n;
    }
}

static void log_line(enum log_level level, const char *prefix, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
static void log_line(enum log_level level, const char *prefix, const char *fmt, va_list ap) {
    if ((int)level > log_threshold)
        return;
    char line[LINE_MAX_BYTES];
    size_t len = (size_t)snprintf(line, sizeof(line), "%s", prefix);
    int more = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
    if (more < 0)
        return;
    len += (size_t)more;
    if (len > sizeof(line) - 2)
        len = sizeof(line) - 2;
    unsigned char before = 0;
    plain_bytes(line, len, &before); /* of whom the words are, nobody here knows */
    line[len++] = '\n';
    int saved = errno;
    write_all(line, len);
    errno = saved;
}

void log_warn(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_WARN, "warning: ", fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_INFO, "", fmt, ap);
    va_end(ap);
}

void log_debug(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    log_line(LOG_DEBUG, "debug: ", fmt, ap);
    va_end(ap);
}
