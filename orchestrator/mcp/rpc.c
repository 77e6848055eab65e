/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/rpc.h"

#include <string.h>

#include "engine/base/err.h"

static bool is_id(struct json v) {
    int64_t n;
    return json_type(v) == JSON_STRING || json_as_int(v, -INT64_MAX, INT64_MAX, &n) == 0;
}

static int fault(int *code, int which, const char *text) {
    *code = which;
    return err_set(ERR_FORMAT, "%s", text);
}

/* What stands in an object, once it is one. */
static int read_object(struct rpc *m, struct json root, int *code) {
    struct json id = json_member(root, "id"), method = json_member(root, "method");
    const char *version = "";
    bool answers =
        json_member(root, "result").node != NULL || json_member(root, "error").node != NULL;
    m->kind = id.node ? RPC_REQUEST : RPC_NOTIFICATION;
    if (!method.node && answers)
        m->kind = RPC_RESPONSE;
    if (is_id(id))
        m->id = id;
    else if (id.node && m->kind == RPC_REQUEST)
        return fault(code, RPC_INVALID, "Invalid request: id is neither a string nor an integer");
    if (json_opt_str(root, "jsonrpc", &version) < 0 || strcmp(version, "2.0") != 0) {
        m->kind = m->kind == RPC_NOTIFICATION ? RPC_REQUEST : m->kind; /* it is none of ours */
        return fault(code, RPC_INVALID, "Invalid request: jsonrpc is not \"2.0\"");
    }
    if (m->kind == RPC_RESPONSE)
        return 0;
    if (json_as_str(method, &m->method) < 0) {
        m->kind = RPC_REQUEST;
        return fault(code, RPC_INVALID, "Invalid request: method is not a string");
    }
    m->params = json_member(root, "params");
    if (m->params.node && json_type(m->params) != JSON_OBJECT)
        return fault(code, RPC_PARAMS, "Invalid params: an object is wanted");
    return 0;
}

int rpc_read(struct rpc *out, const char *text, size_t len, int *code) {
    *out = (struct rpc){.kind = RPC_REQUEST};
    if (json_parse(&out->doc, text, len, "message", 0) < 0) {
        *code = RPC_PARSE;
        return err_while(ERR_FORMAT, "Parse error");
    }
    struct json root = json_root(out->doc);
    *code = RPC_INVALID;
    if (json_type(root) == JSON_ARRAY)
        return err_set(ERR_UNSUPPORTED, "Invalid request: a batch is not part of this protocol "
                                        "version; send one message at a time");
    if (json_type(root) != JSON_OBJECT)
        return fault(code, RPC_INVALID, "Invalid request: a message is an object");
    return read_object(out, root, code);
}

void rpc_done(struct rpc *m) {
    json_free(m->doc);
    *m = (struct rpc){.kind = RPC_REQUEST};
}

bool rpc_same_id(struct json a, struct json b) {
    const char *s, *t;
    int64_t n, k;
    if (json_type(a) != json_type(b))
        return false;
    if (json_type(a) == JSON_STRING)
        return json_as_str(a, &s) == 0 && json_as_str(b, &t) == 0 && strcmp(s, t) == 0;
    return json_as_int(a, -INT64_MAX, INT64_MAX, &n) == 0 &&
           json_as_int(b, -INT64_MAX, INT64_MAX, &k) == 0 && n == k;
}

void rpc_open(struct json_writer *w, struct buf *out, struct json id) {
    json_writer_init(w, out, 0);
    json_open_object(w, NULL);
    json_put_str(w, "jsonrpc", "2.0");
    if (id.node)
        json_put_json(w, "id", id);
}

void rpc_open_error(struct json_writer *w, struct buf *out, struct json id, int code,
                    const char *message) {
    rpc_open(w, out, id);
    json_open_object(w, "error");
    json_put_int(w, "code", code);
    json_put_str(w, "message", message);
}

void rpc_error(struct buf *out, struct json id, int code, const char *message) {
    struct json_writer w;
    rpc_open_error(&w, out, id, code, message);
    json_close_object(&w);
    json_close_object(&w);
}
