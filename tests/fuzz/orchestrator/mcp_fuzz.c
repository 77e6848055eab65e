/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as a client might send them. Each is answered once or not at all, in JSON-RPC and nothing
 * else. Calls of tools are queued and never run. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/line.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/rpc.h"
#include "orchestrator/mcp/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stand {
    struct peer peer;
    struct server *server;
    int ends;
};

static void say(struct peer *p, const char *text, size_t len, bool last, int status) {
    struct stand *s = (struct stand *)p;
    struct json_doc *doc = NULL;
    const char *version = "";
    CHECK(status == 200 || status == 400 || status == 404);
    s->ends += last;
    if (!text)
        return;
    CHECK(!memchr(text, '\n', len) && json_parse(&doc, text, len, "answer", 0) == 0);
    struct json root = json_root(doc),
                one = json_type(root) == JSON_ARRAY ? json_first(root) : root;
    CHECK(json_str(one, "jsonrpc", &version) == 0 && strcmp(version, "2.0") == 0);
    CHECK(json_member(one, "result").node || json_member(one, "error").node);
    json_free(doc);
}

static void on_line(void *arg, const char *text, size_t len) {
    struct stand *s = arg;
    int before = s->ends;
    if (text)
        server_receive(s->server, &s->peer, text, len);
    else
        server_refuse_long(s->server, &s->peer);
    CHECK(s->ends - before <= SERVER_WAITING_MAX + 1); /* a batch may cancel what waits */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct stand s = {
        .peer = {.send = say, .session = ""}
    };
    struct line line;
    s.server = server_new(NULL, true);
    line_init(&line, on_line, &s);
    line_feed(&line, (const char *)data, size);
    line_end(&line);
    server_stop(s.server);
    server_free(s.server);
    line_done(&line);
    return 0;
}
