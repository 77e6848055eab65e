/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAI chat completions: POST /v1/chat/completions. */
#include "engine/base/err.h"
#include "orchestrator/agent/dialect.h"

static void write(const struct conversation *c, struct buf *out) {
    buf_puts(out, "{\"model\":");
    conversation_quote(out, c->model);
    buf_puts(out, ",\"tools\":[");
    for (const struct dialect_tool *t = c->tools; t->name; t++)
        buf_printf(out,
                   "%s{\"type\":\"function\",\"function\":{\"name\":\"%s\",\"description\":\"%s\","
                   "\"parameters\":%s}}",
                   t == c->tools ? "" : ",", t->name, t->description, t->parameters);
    buf_puts(out, "],\"messages\":[{\"role\":\"system\",\"content\":");
    conversation_quote(out, c->system);
    buf_printf(out, "},%s]}", c->history.data);
}

static int read(struct conversation *c, struct json answer) {
    struct json choices = {NULL, NULL}, message = {NULL, NULL};
    const char *text = "";
    int rc = json_array(answer, "choices", &choices);
    if (rc == 0 && json_len(choices) == 0)
        rc = json_fail(choices, "it is empty");
    if (rc == 0)
        rc = json_object(json_at(choices, 0), "message", &message);
    if (rc < 0)
        return rc;
    conversation_keep(c, message);
    if (json_type(json_get(message, "content")) == JSON_STRING &&
        json_str(message, "content", &text) == 0)
        c->said = arena_strdup(&c->arena, text);
    struct json calls = json_get(message, "tool_calls");
    for (struct json v = json_first(calls); rc == 0 && v.node; v = json_next(v)) {
        const char *id, *name, *arguments;
        rc = json_str(v, "id", &id);
        if (rc == 0)
            rc = json_str(v, "function.name", &name);
        if (rc == 0)
            rc = json_str(v, "function.arguments", &arguments);
        if (rc == 0)
            conversation_add_call(c, id, name, arguments);
    }
    return rc;
}

static void add_results(struct conversation *c) {
    for (size_t i = 0; i < c->call_count; i++) {
        conversation_comma(c);
        buf_puts(&c->history, "{\"role\":\"tool\",\"tool_call_id\":");
        conversation_quote(&c->history, c->calls[i].id);
        buf_puts(&c->history, ",\"content\":");
        conversation_quote(&c->history, c->calls[i].result);
        buf_putc(&c->history, '}');
    }
}

const struct dialect dialect_chat = {
    .name = "chat",
    .path = "/v1/chat/completions",
    .key_format = "Authorization: Bearer %s",
    .write = write,
    .read = read,
    .add_results = add_results,
};
