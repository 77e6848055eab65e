/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAI responses: POST /v1/responses. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/agent/dialect.h"

static void write(const struct conversation *c, struct buf *out) {
    buf_puts(out, "{\"model\":");
    conversation_quote(out, c->model);
    buf_puts(out, ",\"store\":false,\"instructions\":");
    conversation_quote(out, c->system);
    buf_puts(out, ",\"tools\":[");
    for (const struct dialect_tool *t = c->tools; t->name; t++)
        buf_printf(out,
                   "%s{\"type\":\"function\",\"name\":\"%s\",\"description\":\"%s\","
                   "\"parameters\":%s,\"strict\":false}",
                   t == c->tools ? "" : ",", t->name, t->description, t->parameters);
    buf_printf(out, "],\"input\":[%s]}", c->history.data);
}

static void read_message(struct conversation *c, struct json item) {
    struct json content = json_get(item, "content");
    for (struct json part = json_first(content); part.node; part = json_next(part)) {
        const char *text = "";
        if (json_type(json_get(part, "text")) == JSON_STRING && json_str(part, "text", &text) == 0)
            c->said = arena_strdup(&c->arena, text);
    }
}

static int read(struct conversation *c, struct json answer) {
    struct json output = {NULL, NULL};
    int rc = json_array(answer, "output", &output);
    for (struct json item = json_first(output); rc == 0 && item.node; item = json_next(item)) {
        const char *type;
        rc = json_str(item, "type", &type);
        if (rc < 0)
            return rc;
        conversation_keep(c, item);
        if (strcmp(type, "message") == 0)
            read_message(c, item);
        else if (strcmp(type, "function_call") == 0)
            rc = conversation_read_call(c, item, "call_id", "name", "arguments");
    }
    return rc;
}

static void add_results(struct conversation *c) {
    conversation_add_results(c, "{\"type\":\"function_call_output\",\"call_id\":", ",\"output\":");
}

const struct dialect dialect_responses = {
    .name = "responses",
    .path = "/v1/responses",
    .key_format = "Authorization: Bearer %s",
    .write = write,
    .read = read,
    .add_results = add_results,
};
