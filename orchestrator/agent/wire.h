/* SPDX-License-Identifier: Apache-2.0 */
/* wire: an HTTP/1.1 request out of the bytes that an agent sends. Untrusted: every size has a
 * limit, and what two readers could take for two things (two lengths, a bare CR) is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

enum { WIRE_HEAD_MAX = 64 << 10, WIRE_BODY_MAX = 32 << 20, WIRE_WORD_MAX = 2048 };

struct wire {
    char method[16], path[WIRE_WORD_MAX];
    char token[512]; /* of x-api-key, or behind Bearer; "" without one */
    bool keep_alive; /* another request may follow */
    bool awaits;     /* it waits for "100 Continue" before it sends its body */
    size_t size;     /* bytes of the request in all */
};

/* bytes[0…len-1] begin with a request. 1: it is complete, and body holds its body (reset first);
 * 0: more bytes are wanted (w->awaits may be set); ERR_FORMAT; ERR_LIMIT. */
int wire_read(struct wire *w, struct buf *body, const char *bytes, size_t len);
/* The head and body of an answer. */
void wire_answer(struct buf *out, int status, const char *type, const char *body, size_t len,
                 bool keep_alive);
