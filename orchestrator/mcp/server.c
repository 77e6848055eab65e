/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/server.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/mcp/batch.h"
#include "orchestrator/mcp/call.h"
#include "orchestrator/mcp/era.h"
#include "orchestrator/mcp/method.h"
#include "orchestrator/mcp/peer.h"

enum { ANSWER_MAX = 64 << 20, STATUS_OK = 200, STATUS_BAD = 400, STATUS_MISSING = 404 };

struct server {
    struct loop *loop;
    bool allow_write;
    struct request *waiting, *running; /* oldest first */
    size_t waiting_len, running_len;
    bool alone; /* what runs changes something */
};

struct server *server_new(struct loop *loop, bool allow_write) {
    struct server *s = xcalloc(1, sizeof(*s));
    *s = (struct server){.loop = loop, .allow_write = allow_write};
    return s;
}

static void free_request(struct request *r) {
    call_close(r->call);
    rpc_done(&r->m);
    free(r);
}

static void forget(struct request *r);

void server_free(struct server *s) {
    if (!s)
        return;
    for (struct request *r = s->waiting, *next; r; r = next) {
        next = r->next;
        forget(r);
    }
    for (struct request *r = s->running, *next; r; r = next) {
        next = r->next;
        forget(r);
    }
    free(s);
}

static void say_nothing(struct peer *peer) {
    peer->send(peer, NULL, 0, true, STATUS_OK);
}

/* Nobody hears it any more; a batch ends with the last of its messages. */
static void forget(struct request *r) {
    if (r->peer && r->peer->outer) {
        batch_abandon(r->peer);
        say_nothing(r->peer);
    }
    free_request(r);
}

/* Also when it waits for the rest of a batch. */
static bool is_of(const struct request *r, const struct peer *peer) {
    return r->peer == peer || (r->peer && r->peer->outer == peer);
}

static void refuse(struct peer *peer, struct json id, int code, int status) {
    struct buf out;
    buf_init(&out, ANSWER_MAX);
    rpc_error(&out, id, code, err_text());
    peer->send(peer, out.data, out.len, true, status);
    buf_done(&out);
}

static void answer(const struct method *method, struct request *r) {
    struct buf out;
    buf_init(&out, ANSWER_MAX);
    method_answer(method, r, &out);
    if (r->peer && r->cancelled)
        say_nothing(r->peer);
    else if (r->peer)
        r->peer->send(r->peer, out.data, out.len, true, STATUS_OK);
    buf_done(&out);
}

static void append(struct request **list, struct request *r) {
    while (*list)
        list = &(*list)->next;
    r->next = NULL;
    *list = r;
}

/* A request that is one; m is taken over. */
static void accept_request(struct server *s, struct peer *peer, struct rpc *m) {
    struct buf out;
    bool modern = false;
    buf_init(&out, ANSWER_MAX);
    const struct method *method = NULL;
    int rc = era_find(peer, m, &modern, &out);
    if (rc < 0) {
        peer->send(peer, out.data, out.len, true, STATUS_BAD);
    } else if (!(method = method_find(m->method, modern))) {
        (void)err_set(ERR_UNSUPPORTED, "Method not found: \"%.64s\"", m->method);
        refuse(peer, m->id, RPC_METHOD, modern ? STATUS_MISSING : STATUS_OK);
    } else if (s->waiting_len == SERVER_WAITING_MAX && (method->flags & METHOD_SLOW)) {
        (void)err_set(ERR_LIMIT, "%d calls wait already; ask again when one is answered",
                      SERVER_WAITING_MAX);
        refuse(peer, m->id, RPC_INTERNAL, STATUS_OK);
        method = NULL;
    }
    buf_done(&out);
    if (!method) {
        rpc_done(m);
        return;
    }
    struct request *r = xcalloc(1, sizeof(*r));
    *r = (struct request){
        .m = *m, .peer = peer, .loop = s->loop, .modern = modern, .allow_write = s->allow_write};
    if (method->flags & METHOD_SLOW) {
        append(&s->waiting, r);
        s->waiting_len++;
    } else {
        answer(method, r);
        free_request(r);
    }
}

/* It runs on until its command has ended. */
static void stop(struct request *r) {
    r->cancelled = true;
    call_stop(r->call);
}

static bool is_meant(const struct request *r, const struct peer *peer, struct json id) {
    return r->peer && strcmp(r->peer->session, peer->session) == 0 && rpc_same_id(r->m.id, id);
}

/* Takes what waits and is meant out of the queue, and returns it; NULL when nothing is. */
static struct request *take(struct server *s, const struct peer *peer, struct json id) {
    for (struct request **at = &s->waiting; *at; at = &(*at)->next) {
        struct request *r = *at;
        bool meant = id.node ? is_meant(r, peer, id) : is_of(r, peer);
        if (!meant)
            continue;
        *at = r->next;
        s->waiting_len--;
        return r;
    }
    return NULL;
}

/* What is not known, or is over, is passed over, as the specification wants it. */
static void cancel(struct server *s, const struct peer *peer, struct json id) {
    if (!id.node || (peer->header && !*peer->session)) /* whose would it be? */
        return;
    for (struct request *r = s->running; r; r = r->next)
        if (is_meant(r, peer, id))
            stop(r);
    struct request *r = take(s, peer, id);
    if (!r)
        return;
    say_nothing(r->peer);
    free_request(r);
}

static void note(struct server *s, struct peer *peer, const struct rpc *m) {
    if (strcmp(m->method, "notifications/cancelled") == 0)
        cancel(s, peer, json_member(m->params, "requestId"));
    else
        log_debug("mcp: %.64s", m->method);
    say_nothing(peer);
}

void server_receive(struct server *s, struct peer *peer, const char *text, size_t len) {
    struct rpc m;
    int code = 0;
    int rc = rpc_read(&m, text, len, &code);
    if (rc == ERR_UNSUPPORTED && era_has_batches(peer) && json_len(json_root(m.doc)) > 0) {
        batch_receive(s, peer, json_root(m.doc));
        rpc_done(&m);
    } else if (rc < 0 && m.kind == RPC_REQUEST) {
        refuse(peer, m.id, code, STATUS_BAD);
        rpc_done(&m);
    } else if (rc < 0 || m.kind == RPC_RESPONSE) { /* nobody was asked, nobody is answered */
        say_nothing(peer);
        rpc_done(&m);
    } else if (m.kind == RPC_NOTIFICATION) {
        note(s, peer, &m);
        rpc_done(&m);
    } else {
        accept_request(s, peer, &m);
    }
}

void server_refuse_long(struct server *s, struct peer *peer) {
    (void)s;
    (void)err_set(ERR_LIMIT, "Invalid request: the message is over the limit and was dropped");
    refuse(peer, (struct json){NULL, NULL}, RPC_INVALID, STATUS_BAD);
}

/* One that has ended, taken out. */
static struct request *take_ended(struct server *s) {
    for (struct request **at = &s->running; *at; at = &(*at)->next) {
        struct request *r = *at;
        if (!call_poll(r->call))
            continue;
        *at = r->next;
        s->running_len--;
        return r;
    }
    return NULL;
}

/* The one that waits longest, taken out, if it may run beside what runs. */
static struct request *take_next(struct server *s) {
    struct request *r = s->waiting;
    if (!r || s->running_len == SERVER_RUNNING_MAX)
        return NULL;
    bool alone = method_is_alone(r);
    if (s->running && (alone || s->alone))
        return NULL;
    s->alone = alone;
    s->waiting = r->next;
    s->waiting_len--;
    return r;
}

bool server_work(struct server *s) {
    struct request *r = take_ended(s);
    if (!r) {
        r = take_next(s);
        if (!r)
            return false;
        method_begin(r);
        if (r->call && r->call->runs) {
            append(&s->running, r);
            s->running_len++;
            return true;
        }
    }
    answer(method_find(r->m.method, r->modern), r);
    free_request(r);
    return true;
}

bool server_is_busy(const struct server *s) {
    return s->running != NULL;
}

void server_drop(struct server *s, const struct peer *peer) {
    struct request *r;
    for (r = s->running; r; r = r->next) {
        if (!is_of(r, peer))
            continue;
        if (r->peer->outer) /* its end is still counted */
            batch_abandon(r->peer);
        else
            r->peer = NULL;
        stop(r);
    }
    while ((r = take(s, peer, (struct json){NULL, NULL})) != NULL)
        forget(r);
}

void server_stop(struct server *s) {
    for (struct request *r = s->running; r; r = r->next)
        stop(r);
    while (s->waiting) {
        struct request *r = s->waiting;
        s->waiting = r->next;
        say_nothing(r->peer);
        free_request(r);
    }
    s->waiting_len = 0;
}
