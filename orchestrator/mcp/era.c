/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/era.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/base64.h"
#include "orchestrator/mcp/method.h"
#include "orchestrator/mcp/peer.h"

#define META "io.modelcontextprotocol/"

enum { NAME_BYTES_MAX = 4096 };

static bool is_legacy(const char *version) {
    for (const char *const *v = method_legacy; *v; v++)
        if (strcmp(*v, version) == 0)
            return true;
    return false;
}

static int refuse(struct buf *out, const struct rpc *m, int code) {
    rpc_error(out, m->id, code, err_text());
    return ERR_FORMAT;
}

static int refuse_version(struct buf *out, const struct rpc *m, const char *requested) {
    struct json_writer w;
    rpc_open_error(&w, out, m->id, RPC_VERSION, "Unsupported protocol version");
    json_open_object(&w, "data");
    json_open_array(&w, "supported");
    json_put_str(&w, NULL, method_modern);
    for (const char *const *v = method_legacy; *v; v++)
        json_put_str(&w, NULL, *v);
    json_close_array(&w);
    json_put_str(&w, "requested", requested);
    json_close_object(&w);
    json_close_object(&w);
    json_close_object(&w);
    return ERR_UNSUPPORTED;
}

/* What Mcp-Name must say; NULL for a method without. */
static const char *name_of(const struct rpc *m) {
    const char *name = NULL;
    const char *key = strcmp(m->method, "tools/call") == 0       ? "name"
                      : strcmp(m->method, "resources/read") == 0 ? "uri"
                                                                 : NULL;
    return key && json_as_str(json_member(m->params, key), &name) == 0 ? name : NULL;
}

/* A header against what the body says. */
static int compare(const struct peer *peer, const char *header, const char *body, bool encoded) {
    char plain[NAME_BYTES_MAX];
    const char *said = peer->header((struct peer *)(uintptr_t)peer, header);
    if (!said)
        return err_set(ERR_FORMAT, "Header mismatch: %s is missing", header);
    if (encoded)
        said = base64_header(plain, sizeof(plain), said);
    if (said && strcmp(said, body) == 0)
        return 0;
    return err_set(ERR_FORMAT, "Header mismatch: %s does not match the body's \"%.200s\"", header,
                   body);
}

static int check_headers(const struct peer *peer, const struct rpc *m, const char *version) {
    const char *name = name_of(m);
    int rc = compare(peer, "MCP-Protocol-Version", version, false);
    if (rc == 0)
        rc = compare(peer, "Mcp-Method", m->method, false);
    return rc == 0 && name ? compare(peer, "Mcp-Name", name, true) : rc;
}

static int check_modern(const struct peer *peer, const struct rpc *m, struct json meta,
                        struct buf *out) {
    const char *version;
    struct json wish = json_member(meta, META "protocolVersion");
    if (!wish.node || json_as_str(wish, &version) < 0) {
        (void)err_set(ERR_FORMAT, "Invalid params: _meta lacks " META "protocolVersion; or begin "
                                  "with initialize");
        return refuse(out, m, RPC_PARAMS);
    }
    if (peer->header && check_headers(peer, m, version) < 0)
        return refuse(out, m, RPC_HEADER);
    if (strcmp(version, method_modern) != 0)
        return refuse_version(out, m, version);
    if (json_type(json_member(meta, META "clientCapabilities")) != JSON_OBJECT) {
        (void)err_set(ERR_FORMAT, "Invalid params: _meta lacks " META "clientCapabilities");
        return refuse(out, m, RPC_PARAMS);
    }
    return 0;
}

int era_find(const struct peer *peer, const struct rpc *m, bool *modern, struct buf *out) {
    struct json meta = json_member(m->params, "_meta");
    const char *header =
        peer->header ? peer->header((struct peer *)(uintptr_t)peer, "MCP-Protocol-Version") : NULL;
    bool says = json_member(meta, META "protocolVersion").node != NULL;
    bool starts = strcmp(m->method, "initialize") == 0;
    bool early = starts || strcmp(m->method, "ping") == 0;
    *modern = false;
    if (starts && peer->outer) {
        (void)err_set(ERR_FORMAT, "Invalid request: initialize is not part of a batch");
        return refuse(out, m, RPC_INVALID);
    }
    if (!says && header && !is_legacy(header) && strcmp(header, method_modern) != 0)
        return refuse_version(out, m, header);
    /* Over HTTP nothing is remembered; who sends neither header nor version is of 2025-03-26. */
    if (!says && (peer->header ? !header || is_legacy(header) : early || peer->version != NULL) &&
        strcmp(m->method, "server/discover") != 0)
        return 0;
    *modern = true;
    return starts && !says ? 0 : check_modern(peer, m, meta, out);
}

/* Over HTTP the version is in a header that 2025-03-26 did not have yet. */
bool era_has_batches(const struct peer *peer) {
    static const char with_batches[] = "2025-03-26";
    if (peer->outer)
        return false;
    if (!peer->header)
        return peer->version && strcmp(peer->version, with_batches) == 0;
    const char *said = peer->header((struct peer *)(uintptr_t)peer, "MCP-Protocol-Version");
    return !said || strcmp(said, with_batches) == 0;
}
