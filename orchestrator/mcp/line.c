/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/line.h"

#include <string.h>

void line_init(struct line *l, void (*take)(void *, const char *, size_t), void *arg) {
    *l = (struct line){.take = take, .arg = arg};
    buf_init(&l->text, LINE_MAX_BYTES);
}

void line_done(struct line *l) {
    buf_done(&l->text);
}

void line_end(struct line *l) {
    if (l->text.over)
        l->take(l->arg, NULL, 0);
    else if (l->text.len && !(l->text.len == 1 && l->text.data[0] == '\r'))
        l->take(l->arg, l->text.data, l->text.len);
    buf_reset(&l->text);
}

void line_feed(struct line *l, const char *bytes, size_t len) {
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t n = newline ? (size_t)(newline - bytes) : len;
        if (!l->text.over)
            buf_add(&l->text, bytes, n);
        if (newline)
            line_end(l);
        n += newline != NULL;
        bytes += n;
        len -= n;
    }
}
