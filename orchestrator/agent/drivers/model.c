/* SPDX-License-Identifier: Apache-2.0 */
/* A model behind an HTTP API, with a few tools on a throw-away copy. It never sees the network, and
 * the network never sees more of the copy than what the model asked for. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/agent/bench.h"
#include "orchestrator/agent/driver.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/agent/upstream.h"

enum { TURNS_MAX = 1000, SHOWN = 300 };

static int ask(struct attempt *a, struct upstream *u, struct conversation *c) {
    const struct dialect *d = a->spec->dialect;
    struct buf request, reply;
    struct json_doc *doc = NULL;
    int status = 0;
    buf_init(&request, UPSTREAM_REQUEST_MAX);
    buf_init(&reply, UPSTREAM_REPLY_MAX);
    d->write(c, &request);
    int rc = buf_ok(&request, "the conversation");
    if (rc == 0)
        rc = upstream_ask(u, d->path, request.data, request.len, &status, &reply);
    if (rc == 0 && status != 200)
        rc = err_set(ERR_IO, "the model's API answers %d: %.*s", status, (int)SHOWN, reply.data);
    if (rc == 0)
        rc = json_parse(&doc, reply.data, reply.len, "the model's answer", 0);
    c->call_count = 0;
    if (rc == 0)
        rc = d->read(c, json_root(doc));
    json_free(doc);
    buf_done(&reply);
    buf_done(&request);
    return rc;
}

/* Until it calls no tool any more: then it has said what it had to say. */
static int talk(struct attempt *a, struct upstream *u, struct bench *b) {
    struct conversation c;
    int rc = 0;
    conversation_init(&c, a->spec->dialect, a->spec->model, a->spec->role->text,
                      a->spec->task ? a->spec->task : "Mend the failing case.", bench_tools(b));
    for (int turn = 0; rc == 0 && turn < TURNS_MAX; turn++) {
        if (a->spec->stop && *a->spec->stop)
            rc = err_set(ERR_STOPPED, "stopped");
        if (rc == 0)
            rc = ask(a, u, &c);
        if (rc < 0 || c.call_count == 0)
            break;
        b->turn = turn + 1;
        for (size_t i = 0; rc == 0 && i < c.call_count; i++)
            rc = bench_call(b, &c, &c.calls[i]);
        if (rc == 0)
            a->spec->dialect->add_results(&c);
    }
    if (rc == 0) {
        a->said = arena_strdup(&a->arena, c.said);
        log_info("it says: %s", c.said);
    }
    conversation_done(&c);
    return rc;
}

static int propose(struct attempt *a) {
    struct upstream *u = NULL;
    struct bench bench = {.root = -1};
    struct tree tree = {0};
    int rc = attempt_open_model(a, &u);
    if (rc == 0 && !u)
        rc = err_set(ERR_ARG, "a model needs --model-url or --replay");
    if (rc == 0)
        rc = tree_make(&tree, a->commits, a->base);
    if (rc == 0)
        rc = bench_open(&bench, a, tree.folder);
    if (rc == 0)
        rc = talk(a, u, &bench);
    attempt_close_model(a, u);
    /* What it did before its budget was spent is not looked at; the verdict is the cut. */
    if (rc < 0 && a->meter.cut[0])
        rc = 0;
    else if (rc == 0)
        rc = attempt_gather(a, tree.folder);
    bench_close(&bench);
    tree_remove(&tree);
    return rc;
}

const struct driver driver_model = {
    .name = "model",
    .summary = "Lets a model behind an HTTP API work with a few tools.",
    .needs_model = true,
    .hands_out = true,
    .propose = propose,
};
