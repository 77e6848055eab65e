/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/tool.h"

#include <string.h>

#include "engine/base/err.h"

const struct tool *tool_find(const char *name, bool allow_write) {
    for (const struct tool *const *t = tool_table; *t; t++)
        if (strcmp((*t)->name, name) == 0)
            return allow_write || !((*t)->flags & TOOL_WRITES) ? *t : NULL;
    return NULL;
}

static void describe_arg(struct json_writer *w, const struct tool_arg *a) {
    static const char *const names[] = {"", "string", "integer", "boolean"};
    json_open_object(w, a->name);
    json_put_str(w, "type", names[a->type]);
    json_put_str(w, "description", a->about);
    if (a->type == TOOL_INT) {
        json_put_int(w, "minimum", a->min);
        json_put_int(w, "maximum", a->max);
    } else if (a->type == TOOL_STR) {
        json_put_int(w, "minLength", 1);
        json_put_int(w, "maxLength", a->max ? a->max : TOOL_STR_MAX);
    }
    json_close_object(w);
}

static void describe_schema(struct json_writer *w, const struct tool *t) {
    json_open_object(w, "inputSchema");
    json_put_str(w, "type", "object");
    json_open_object(w, "properties");
    for (const struct tool_arg *a = t->args; a->type; a++)
        describe_arg(w, a);
    json_close_object(w);
    json_open_array(w, "required");
    for (const struct tool_arg *a = t->args; a->type; a++)
        if (a->required)
            json_put_str(w, NULL, a->name);
    json_close_array(w);
    json_put_bool(w, "additionalProperties", false);
    json_close_object(w);
}

void tool_describe(struct json_writer *w, const struct tool *t) {
    json_open_object(w, NULL);
    json_put_str(w, "name", t->name);
    json_put_str(w, "title", t->title);
    json_put_str(w, "description", t->about);
    describe_schema(w, t);
    json_open_object(w, "annotations");
    json_put_bool(w, "readOnlyHint", !(t->flags & (TOOL_WRITES | TOOL_RUNS)));
    json_put_bool(w, "destructiveHint", false);
    json_put_bool(w, "idempotentHint", !(t->flags & TOOL_WRITES));
    json_put_bool(w, "openWorldHint", false);
    json_close_object(w);
    json_close_object(w);
}

static int check_str(const struct tool_arg *a, struct json v) {
    const char *text;
    size_t len, max = a->max ? (size_t)a->max : TOOL_STR_MAX;
    int rc = json_as_strn(v, &text, &len);
    if (rc == 0 && (len == 0 || len > max))
        rc = err_set(ERR_ARG, "\"%s\" has %zu bytes; 1 to %zu are allowed", a->name, len, max);
    return rc;
}

static int check_arg(const struct tool_arg *a, struct json v) {
    int64_t n;
    bool flag;
    if (a->type == TOOL_STR)
        return check_str(a, v);
    return a->type == TOOL_INT ? json_as_int(v, a->min, a->max, &n) : json_as_bool(v, &flag);
}

static const struct tool_arg *find_arg(const struct tool *t, const char *name) {
    const struct tool_arg *a = t->args;
    while (a->type && strcmp(a->name, name) != 0)
        a++;
    return a->type ? a : NULL;
}

int tool_check(const struct tool *t, struct json args) {
    for (struct json v = json_first(args); v.node; v = json_next(v)) {
        const struct tool_arg *a = find_arg(t, json_key(v));
        if (!a)
            return err_set(ERR_ARG, "%s has no argument \"%.64s\"", t->name, json_key(v));
        if (json_exists(v) && check_arg(a, v) < 0)
            return err_while(ERR_ARG, "%s", t->name);
    }
    for (const struct tool_arg *a = t->args; a->type; a++)
        if (a->required && !json_exists(json_member(args, a->name)))
            return err_set(ERR_ARG, "%s needs the argument \"%s\": %s", t->name, a->name, a->about);
    return 0;
}
