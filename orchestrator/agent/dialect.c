/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/dialect.h"

#include <string.h>

#include "engine/base/err.h"

int dialect_find(const struct dialect **out, const char *name) {
    struct buf names;
    for (const struct dialect *const *d = dialect_table; *d; d++)
        if (strcmp((*d)->name, name) == 0) {
            *out = *d;
            return 0;
        }
    buf_init(&names, 1024);
    for (const struct dialect *const *d = dialect_table; *d; d++)
        buf_printf(&names, "%s%s", d == dialect_table ? "" : ", ", (*d)->name);
    int rc = err_set(ERR_ARG, "there is no dialect \"%s\"; there are %s", name, names.data);
    buf_done(&names);
    return rc;
}

void conversation_quote(struct buf *out, const char *text) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_put_str(&w, NULL, text);
}

void conversation_comma(struct conversation *c) {
    if (c->history.len)
        buf_putc(&c->history, ',');
}

void conversation_keep(struct conversation *c, struct json item) {
    struct json_writer w;
    conversation_comma(c);
    json_writer_init(&w, &c->history, 0);
    json_put_json(&w, NULL, item);
}

const char *conversation_text(struct conversation *c, struct json v) {
    struct json_writer w;
    struct buf b;
    buf_init(&b, DIALECT_HISTORY_MAX);
    json_writer_init(&w, &b, 0);
    json_put_json(&w, NULL, v);
    const char *text = arena_strdup(&c->arena, b.data);
    buf_done(&b);
    return text;
}

void conversation_add_call(struct conversation *c, const char *id, const char *name,
                           const char *arguments) {
    if (c->call_count == DIALECT_CALLS_MAX)
        return;
    c->calls[c->call_count++] =
        (struct dialect_call){.id = arena_strdup(&c->arena, id),
                              .name = arena_strdup(&c->arena, name),
                              .arguments = arena_strdup(&c->arena, arguments),
                              .result = ""};
}

int conversation_read_call(struct conversation *c, struct json v, const char *id, const char *name,
                           const char *arguments) {
    const char *words[3] = {"", "", ""};
    int rc = json_str(v, id, &words[0]);
    if (rc == 0)
        rc = json_str(v, name, &words[1]);
    if (rc == 0)
        rc = json_str(v, arguments, &words[2]);
    if (rc == 0)
        conversation_add_call(c, words[0], words[1], words[2]);
    return rc;
}

void conversation_add_results(struct conversation *c, const char *head, const char *middle) {
    for (size_t i = 0; i < c->call_count; i++) {
        conversation_comma(c);
        buf_puts(&c->history, head);
        conversation_quote(&c->history, c->calls[i].id);
        buf_puts(&c->history, middle);
        conversation_quote(&c->history, c->calls[i].result);
        buf_putc(&c->history, '}');
    }
}

/* The first item is the same in all of them. */
void conversation_init(struct conversation *c, const struct dialect *d, const char *model,
                       const char *system, const char *task, const struct dialect_tool *tools) {
    *c = (struct conversation){
        .model = model, .system = system, .task = task, .tools = tools, .said = ""};
    (void)d;
    arena_init(&c->arena, 0);
    buf_init(&c->history, DIALECT_HISTORY_MAX);
    buf_puts(&c->history, "{\"role\":\"user\",\"content\":");
    conversation_quote(&c->history, task);
    buf_putc(&c->history, '}');
}

void conversation_done(struct conversation *c) {
    arena_done(&c->arena);
    buf_done(&c->history);
}
