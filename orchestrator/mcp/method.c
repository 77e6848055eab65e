/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/method.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/mcp/call.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/resource.h"
#include "orchestrator/mcp/tool.h"

/* Tools are those of this program, ledger and logs grow: how long a client may keep what it got. */
enum { TTL_TOOLS_MS = 3600000, TTL_FILES_MS = 10000 };

const char method_modern[] = "2026-07-28";
const char *const method_legacy[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", NULL};

static const char instructions[] =
    "Noctule sweeps model families over backends and dtypes. Begin with run (what the last sweep "
    "found) and clusters (why it failed, a row per cause); cluster says everything of one cause, "
    "failures lists cases with where their log is, reproduce runs one case here and now. Runs are "
    "named, or last, last~1 …";

const char *method_agree(const char *wish) {
    for (const char *const *v = method_legacy; *v; v++)
        if (strcmp(*v, wish) == 0)
            return *v;
    return method_legacy[0];
}

static void put_server(struct json_writer *w, const char *key) {
    json_open_object(w, key);
    json_put_str(w, "name", "noctule");
    json_put_str(w, "title", "Noctule");
    json_put_str(w, "version", NOCTULE_VERSION);
    json_close_object(w);
}

static void put_capabilities(struct json_writer *w) {
    json_open_object(w, "capabilities");
    json_open_object(w, "tools");
    json_close_object(w);
    json_open_object(w, "resources");
    json_close_object(w);
    json_close_object(w);
    json_put_str(w, "instructions", instructions);
}

/* How long the result keeps, which only the modern era says. What is in the checkout is private. */
static void put_ttl(const struct request *r, struct json_writer *w, int64_t ms) {
    if (!r->modern)
        return;
    json_put_int(w, "ttlMs", ms);
    json_put_str(w, "cacheScope", "private");
}

static int initialize(struct request *r, struct json_writer *w, int *code) {
    const char *wish = "";
    if (json_str(r->m.params, "protocolVersion", &wish) < 0) {
        *code = RPC_PARAMS;
        return err_while(ERR_ARG, "Invalid params");
    }
    r->peer->version = method_agree(wish);
    json_put_str(w, "protocolVersion", r->peer->version);
    put_server(w, "serverInfo");
    put_capabilities(w);
    return 0;
}

static int ping(struct request *r, struct json_writer *w, int *code) {
    (void)r, (void)w, (void)code;
    return 0;
}

static int discover(struct request *r, struct json_writer *w, int *code) {
    (void)code;
    json_open_array(w, "supportedVersions");
    json_put_str(w, NULL, method_modern);
    for (const char *const *v = method_legacy; *v; v++)
        json_put_str(w, NULL, *v);
    json_close_array(w);
    put_capabilities(w);
    put_ttl(r, w, TTL_TOOLS_MS);
    return 0;
}

/* The lists of one page give no cursor, so none can be valid. */
static int refuse_cursor(const struct request *r, int *code) {
    *code = RPC_PARAMS;
    return json_member(r->m.params, "cursor").node ? err_set(ERR_ARG, "Invalid cursor") : 0;
}

static int list_tools(struct request *r, struct json_writer *w, int *code) {
    int rc = refuse_cursor(r, code);
    if (rc < 0)
        return rc;
    json_open_array(w, "tools");
    const struct tool *t;
    for (size_t i = 0; (t = tool_at(i)) != NULL; i++)
        if (tool_may(t, r->allow_write))
            tool_describe(w, t);
    json_close_array(w);
    put_ttl(r, w, TTL_TOOLS_MS);
    return 0;
}

/* text: the JSON object that a tool answered with, or the sentence why it did not. */
static void put_content(struct json_writer *w, const char *text, size_t len, bool failed) {
    json_open_array(w, "content");
    json_open_object(w, NULL);
    json_put_str(w, "type", "text");
    json_put_strn(w, "text", text, len);
    json_close_object(w);
    json_close_array(w);
    json_put_bool(w, "isError", failed);
}

static int put_structured(struct json_writer *w, const struct buf *out, bool failed) {
    struct json_doc *doc = NULL;
    struct json_writer plain;
    struct buf line;
    int rc = buf_ok(out, "the answer; ask for less of it, it");
    if (rc == 0)
        rc = json_parse(&doc, out->data, out->len, "the answer", 0);
    if (rc < 0)
        return rc;
    buf_init(&line, CALL_OUT_MAX);
    json_writer_init(&plain, &line, 0);
    json_put_json(&plain, NULL, json_root(doc));
    put_content(w, line.data, line.len, failed);
    json_put_json(w, "structuredContent", json_root(doc));
    buf_done(&line);
    json_free(doc);
    return 0;
}

/* The tool that a request wants, when it may be called; else negative and *code. */
static int find_tool(const struct request *r, const struct tool **out, struct json *args,
                     int *code) {
    const char *name = "";
    *args = json_member(r->m.params, "arguments");
    *code = RPC_PARAMS;
    if (json_str(r->m.params, "name", &name) < 0)
        return err_while(ERR_ARG, "Invalid params");
    *out = tool_find(name);
    if (!*out)
        return err_set(ERR_ARG, "Unknown tool: %.64s", name);
    if (!tool_may(*out, r->allow_write))
        return err_set(ERR_UNSUPPORTED,
                       "%s changes something, and this server was started without --allow-write",
                       name);
    if (args->node && json_type(*args) != JSON_OBJECT)
        return err_set(ERR_ARG, "Invalid params: arguments is not an object");
    return 0;
}

bool method_is_alone(const struct request *r) {
    const struct tool *tool = NULL;
    struct json args;
    int code;
    return find_tool(r, &tool, &args, &code) == 0 && (tool->flags & TOOL_WRITES) != 0;
}

void method_begin(struct request *r) {
    const struct tool *tool = NULL;
    struct json args;
    int code;
    if (find_tool(r, &tool, &args, &code) == 0)
        r->call = call_begin(r, tool, args);
}

/* What a call that was begun and has ended came to. */
static int call_tool(struct request *r, struct json_writer *w, int *code) {
    const struct tool *tool = NULL;
    const struct call *c = r->call;
    struct json args;
    int rc = find_tool(r, &tool, &args, code);
    if (rc < 0)
        return rc;
    CHECK(c && !c->runs);
    if (c->rc < 0)
        put_content(w, c->why, strlen(c->why), true);
    else if (put_structured(w, &c->out, c->rc == EXIT_FAILED) < 0)
        put_content(w, err_text(), strlen(err_text()), true);
    return 0;
}

static int list_resources(struct request *r, struct json_writer *w, int *code) {
    const char *cursor = "";
    *code = RPC_PARAMS;
    if (json_opt_str(r->m.params, "cursor", &cursor) < 0)
        return err_set(ERR_ARG, "Invalid cursor");
    int rc = resource_list(w, cursor);
    if (rc == ERR_IO)
        *code = RPC_INTERNAL;
    put_ttl(r, w, TTL_FILES_MS);
    return rc;
}

static int list_templates(struct request *r, struct json_writer *w, int *code) {
    int rc = refuse_cursor(r, code);
    if (rc < 0)
        return rc;
    resource_list_templates(w);
    put_ttl(r, w, TTL_TOOLS_MS);
    return 0;
}

static int read_resource(struct request *r, struct json_writer *w, int *code) {
    const char *uri = "";
    *code = RPC_PARAMS;
    if (json_str(r->m.params, "uri", &uri) < 0)
        return err_while(ERR_ARG, "Invalid params");
    int rc = resource_read(w, uri);
    if (rc == ERR_NOTFOUND && !r->modern)
        *code = RPC_RESOURCE;
    else if (rc == ERR_IO)
        *code = RPC_INTERNAL;
    put_ttl(r, w, TTL_FILES_MS);
    return rc;
}

static const struct method methods[] = {
    {"initialize",               METHOD_LEGACY,                               initialize    },
    {"ping",                     METHOD_LEGACY,                               ping          },
    {"server/discover",          METHOD_MODERN,                               discover      },
    {"tools/list",               METHOD_LEGACY | METHOD_MODERN,               list_tools    },
    {"tools/call",               METHOD_LEGACY | METHOD_MODERN | METHOD_SLOW, call_tool     },
    {"resources/list",           METHOD_LEGACY | METHOD_MODERN,               list_resources},
    {"resources/templates/list", METHOD_LEGACY | METHOD_MODERN,               list_templates},
    {"resources/read",           METHOD_LEGACY | METHOD_MODERN,               read_resource },
    {NULL,                       0,                                           NULL          },
};

const struct method *method_find(const char *name, bool modern) {
    for (const struct method *m = methods; m->name; m++)
        if (strcmp(m->name, name) == 0 && (m->flags & (modern ? METHOD_MODERN : METHOD_LEGACY)))
            return m;
    return NULL;
}

void method_answer(const struct method *method, struct request *r, struct buf *out) {
    struct json_writer w;
    int code = RPC_INTERNAL;
    rpc_open(&w, out, r->m.id);
    json_open_object(&w, "result");
    if (r->modern) {
        json_put_str(&w, "resultType", "complete");
        json_open_object(&w, "_meta");
        put_server(&w, "io.modelcontextprotocol/serverInfo");
        json_close_object(&w);
    }
    int rc = method->run(r, &w, &code);
    if (rc == 0)
        rc = buf_ok(out, "the answer");
    if (rc == 0) {
        json_close_object(&w);
        json_close_object(&w);
        return;
    }
    buf_reset(out); /* what was begun is not sent */
    rpc_error(out, r->m.id, code, err_text());
}
