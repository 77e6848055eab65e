/* SPDX-License-Identifier: Apache-2.0 */
/* http: one request and its reply, by libcurl, with retries that cannot do a thing twice.
 *
 * A request is sent again when the server says that it did not take it (429, 503, a rate limit), or
 * when it only reads and the network or the server failed. It waits as long as the server asks, up
 * to HTTP_WAIT_MAX_S, else half a second, one, two. Redirects are not followed. What a header holds
 * is told to nobody but the server. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"

enum {
    HTTP_REPLY_MAX = 8 << 20,
    HTTP_HEADERS_MAX = 16,
    HTTP_TRIES = 4,
    HTTP_WAIT_MAX_S = 60,
};

struct http_request {
    const char *method, *url;
    const char *headers[HTTP_HEADERS_MAX]; /* "Accept: …", NULL-terminated */
    const char *secret;                    /* one more header, never shown */
    const char *body;                      /* NULL = none; sent as JSON */
    int timeout_s;                         /* of one try; 0 = two minutes */
};

struct http_reply {
    int status; /* 0 = there was no reply */
    struct buf body;
    int64_t retry_after_s; /* -1 = not said */
    int tries;
    bool taken; /* also when it failed: the server may have the whole request */
};

/* 0 whatever the status; ERR_IO when there is no reply, ERR_NOTNOW for a
 * secret that would go in the clear to another machine. The body is the caller's to free. */
int http_send(const struct http_request *r, struct http_reply *out);
void http_done(struct http_reply *r); /* copes with a zeroed struct */
/* "POST https://…", the headers without the secret, and the body. */
void http_print(struct buf *out, const struct http_request *r);
/* Appends text as a part of a path or query: what is not a letter, a digit or - . _ ~ as %XX. */
void http_escape(struct buf *out, const char *text);
