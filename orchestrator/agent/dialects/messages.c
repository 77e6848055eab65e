/* SPDX-License-Identifier: Apache-2.0 */
/* Anthropic Messages: POST /v1/messages. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/agent/dialect.h"

enum { ANSWER_TOKENS = 8192 };

static void write(const struct conversation *c, struct buf *out) {
    buf_puts(out, "{\"model\":");
    conversation_quote(out, c->model);
    buf_printf(out, ",\"max_tokens\":%d,\"system\":", (int)ANSWER_TOKENS);
    conversation_quote(out, c->system);
    buf_puts(out, ",\"tools\":[");
    for (const struct dialect_tool *t = c->tools; t->name; t++)
        buf_printf(out, "%s{\"name\":\"%s\",\"description\":\"%s\",\"input_schema\":%s}",
                   t == c->tools ? "" : ",", t->name, t->description, t->parameters);
    buf_printf(out, "],\"messages\":[%s]}", c->history.data);
}

static int read(struct conversation *c, struct json answer) {
    struct json content = {NULL, NULL};
    int rc = json_array(answer, "content", &content);
    if (rc < 0)
        return rc;
    conversation_comma(c);
    buf_printf(&c->history, "{\"role\":\"assistant\",\"content\":%s}",
               conversation_text(c, content));
    for (struct json b = json_first(content); rc == 0 && b.node; b = json_next(b)) {
        const char *type = "", *text = "", *id, *name;
        rc = json_str(b, "type", &type);
        if (rc == 0 && strcmp(type, "text") == 0 && json_opt_str(b, "text", &text) == 0 && *text)
            c->said = arena_strdup(&c->arena, text);
        if (rc < 0 || strcmp(type, "tool_use") != 0)
            continue;
        rc = json_str(b, "id", &id);
        if (rc == 0)
            rc = json_str(b, "name", &name);
        if (rc == 0)
            conversation_add_call(c, id, name, conversation_text(c, json_get(b, "input")));
    }
    return rc;
}

static void add_results(struct conversation *c) {
    conversation_comma(c);
    buf_puts(&c->history, "{\"role\":\"user\",\"content\":[");
    for (size_t i = 0; i < c->call_count; i++) {
        buf_puts(&c->history, i ? "," : "");
        buf_puts(&c->history, "{\"type\":\"tool_result\",\"tool_use_id\":");
        conversation_quote(&c->history, c->calls[i].id);
        buf_puts(&c->history, ",\"content\":");
        conversation_quote(&c->history, c->calls[i].result);
        buf_printf(&c->history, ",\"is_error\":%s}", c->calls[i].failed ? "true" : "false");
    }
    buf_puts(&c->history, "]}");
}

const struct dialect dialect_messages = {
    .name = "messages",
    .path = "/v1/messages",
    .key_format = "x-api-key: %s",
    .write = write,
    .read = read,
    .add_results = add_results,
};
