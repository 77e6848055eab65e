/* SPDX-License-Identifier: Apache-2.0 */
/* line: bytes as they come, cut into lines of bounded length. */
#pragma once

#include "engine/base/buf.h"

enum { LINE_MAX_BYTES = 4 << 20 };

struct line {
    struct buf text;
    /* A line without its newline, never empty; NULL and 0 for one that was over the limit. */
    void (*take)(void *arg, const char *text, size_t len);
    void *arg;
};

void line_init(struct line *l, void (*take)(void *, const char *, size_t), void *arg);
void line_done(struct line *l);
void line_feed(struct line *l, const char *bytes, size_t len);
/* The input has ended: what is there is the last line. */
void line_end(struct line *l);
