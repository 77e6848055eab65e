/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/batch.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/server.h"

enum { BATCH_MAX = 32, BYTES_MAX = 64 << 20, STATUS_OK = 200 };

/* Stands in for the peer of each message. */
struct batch {
    struct peer peer; /* first, so that one is the other */
    size_t open;      /* messages without an answer */
    struct buf answers;
};

static void say(struct peer *p, const char *text, size_t len, bool last, int status) {
    struct batch *b = (struct batch *)p;
    (void)status;
    if (text && !last) { /* progress is not part of the array */
        if (p->outer)
            p->outer->send(p->outer, text, len, false, STATUS_OK);
        return;
    }
    if (text) {
        buf_putc(&b->answers, b->answers.len ? ',' : '[');
        buf_add(&b->answers, text, len);
    }
    if (!last || --b->open > 0)
        return;
    if (b->answers.len)
        buf_putc(&b->answers, ']');
    if (p->outer)
        p->outer->send(p->outer, b->answers.len ? b->answers.data : NULL, b->answers.len, true,
                       STATUS_OK);
    buf_done(&b->answers);
    free(b);
}

static bool gone(struct peer *p) {
    return !p->outer || (p->outer->gone && p->outer->gone(p->outer));
}

static const char *header(struct peer *p, const char *name) {
    return p->outer ? p->outer->header(p->outer, name) : NULL;
}

void batch_abandon(struct peer *inner) {
    inner->outer = NULL;
    inner->session = "";
}

void batch_receive(struct server *s, struct peer *peer, struct json array) {
    struct buf one;
    struct json_writer w;
    size_t len = json_len(array), n = 0;
    if (len > BATCH_MAX) {
        server_refuse_long(s, peer);
        return;
    }
    struct batch *b = xcalloc(1, sizeof(*b));
    *b = (struct batch){.peer = *peer, .open = len};
    b->peer.outer = peer;
    b->peer.send = say;
    b->peer.gone = gone;
    b->peer.header = peer->header ? header : NULL;
    buf_init(&b->answers, BYTES_MAX);
    buf_init(&one, BYTES_MAX);
    /* The last answer frees b, so n says when to stop looking. */
    for (struct json v = json_first(array); n < len; v = json_next(v), n++) {
        buf_reset(&one);
        json_writer_init(&w, &one, 0);
        json_put_json(&w, NULL, v);
        server_receive(s, &b->peer, one.data, one.len);
    }
    buf_done(&one);
}
