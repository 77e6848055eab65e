/* SPDX-License-Identifier: Apache-2.0 */
/* upstream: where requests to a model go: its API, or a recording of it. Everything is counted
 * here, and cut here when a budget is spent, whatever the agent's own flags say.
 *
 * A recording is a file of JSON lines {"request": {path, sha256, body}, "reply": {status, type,
 * body}}; it holds no header and no key. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"
#include "orchestrator/agent/meter.h"
#include "orchestrator/agent/role.h"

enum { UPSTREAM_REQUEST_MAX = 32 << 20, UPSTREAM_REPLY_MAX = 64 << 20 };

struct upstream_spec {
    const char *base_url;   /* "https://api.example.org"; NULL with replay alone */
    const char *key_header; /* a whole header that holds the key, or NULL */
    const char *record, *replay;
    double usd_in, usd_out; /* per million tokens */
    struct role_budget budget;
};

struct upstream;

/* Shares its meter with all processes forked later. 0, ERR_IO, ERR_NOTFOUND, ERR_FORMAT. */
int upstream_open(struct upstream **out, const struct upstream_spec *spec);
void upstream_close(struct upstream *u); /* NULL is fine */
/* As it is now. Of a request that is still under way, or whose server was ended, it counts all that
 * it may bring. */
struct meter upstream_meter(struct upstream *u);

/* One POST. *status is that of HTTP; what is refused here is an answer too (400, 403, 404, 413).
 * 0, or ERR_IO when there is no reply. */
int upstream_ask(struct upstream *u, const char *path, const char *body, size_t len, int *status,
                 struct buf *reply);
/* The paths that are let through: three dialects, and nothing else of the API. */
bool upstream_allows(const char *path);
