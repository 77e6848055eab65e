/* SPDX-License-Identifier: Apache-2.0 */
/* method: a request as a row, and one that is being answered. */
#pragma once

#include <stdbool.h>

#include "engine/base/json.h"
#include "orchestrator/mcp/rpc.h"

struct call;
struct loop;
struct peer;

/* Eras: legacy begins with initialize (2024-11-05 … 2025-11-25), modern says everything in each
 * request (2026-07-28). */
enum { METHOD_LEGACY = 1 << 0, METHOD_MODERN = 1 << 1, METHOD_SLOW = 1 << 2 };
extern const char method_modern[];        /* "2026-07-28" */
extern const char *const method_legacy[]; /* newest first, ended by NULL */

/* A request on its way to its answer. */
struct request {
    struct rpc m;
    struct peer *peer;
    struct loop *loop;
    bool modern, allow_write;
    bool cancelled;
    struct call *call; /* of a tool, once it was begun */
    struct request *next;
};

struct method {
    const char *name;
    unsigned flags;
    /* Puts members into the open result. 0; or negative, and then *code is the error's. */
    int (*run)(struct request *r, struct json_writer *w, int *code);
};

/* NULL when there is none in this era. */
const struct method *method_find(const char *name, bool modern);
/* The version that initialize agrees on for this wish. */
const char *method_agree(const char *wish);
/* A request that waited (METHOD_SLOW): whether nothing else may run beside it, for it changes
 * something; and its begin. r->call then tells whether it runs on. */
bool method_is_alone(const struct request *r);
void method_begin(struct request *r);
/* Answers r->m into out: a result or an error. */
void method_answer(const struct method *method, struct request *r, struct buf *out);
