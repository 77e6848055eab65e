/* SPDX-License-Identifier: Apache-2.0 */
/* rpc: one JSON-RPC 2.0 message, read from bytes that nobody vouches for, and written.
 *
 * An id is a string or an integer, params an object: what MCP allows of JSON-RPC. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"

/* The specification's codes, by their meaning. */
enum rpc_code {
    RPC_PARSE = -32700,
    RPC_INVALID = -32600,
    RPC_METHOD = -32601,
    RPC_PARAMS = -32602,
    RPC_INTERNAL = -32603,
    RPC_RESOURCE = -32002, /* until 2025-11-25; later RPC_PARAMS */
    RPC_HEADER = -32020,   /* from 2026-07-28: HTTP headers and body disagree */
    RPC_VERSION = -32022,  /* the same: no such protocol version here */
};

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE };

struct rpc {
    struct json_doc *doc;
    enum rpc_kind kind;
    struct json id; /* node NULL when there is none that could be given back */
    struct json params;
    const char *method;
};

/* 0; or ERR_FORMAT with *code, and in out what could be read: id and kind. ERR_UNSUPPORTED with
 * *code for an array, which may be a batch. rpc_done() in any case. */
int rpc_read(struct rpc *out, const char *text, size_t len, int *code);
void rpc_done(struct rpc *m);
/* Two ids of any documents. */
bool rpc_same_id(struct json a, struct json b);

/* Opens {"jsonrpc":"2.0","id":…; the caller closes the object. No id, no member. */
void rpc_open(struct json_writer *w, struct buf *out, struct json id);
/* The same with "error":{"code":…,"message":…; two objects to close. */
void rpc_open_error(struct json_writer *w, struct buf *out, struct json id, int code,
                    const char *message);
/* The whole of it, without data. */
void rpc_error(struct buf *out, struct json id, int code, const char *message);
