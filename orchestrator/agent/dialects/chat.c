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
    for (struct json v = json_first(calls); rc == 0 && v.node; v = json_next(v))
        rc = conversation_read_call(c, v, "id", "function.name", "function.arguments");
    return rc;
}

static void add_results(struct conversation *c) {
    conversation_add_results(c, "{\"role\":\"tool\",\"tool_call_id\":", ",\"content\":");
}

const struct dialect dialect_chat = {
    .name = "chat",
    .path = "/v1/chat/completions",
    .key_format = "Authorization: Bearer %s",
    .write = write,
    .read = read,
    .add_results = add_results,
};
