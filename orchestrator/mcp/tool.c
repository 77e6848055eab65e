/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/tool.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/mcp/deed.h"

const struct tool *tool_at(size_t i) {
    size_t len = 0;
    while (tool_table[len])
        len++;
    return i < len ? tool_table[i] : deed_at(i - len);
}

const struct tool *tool_find(const char *name) {
    const struct tool *t;
    for (size_t i = 0; (t = tool_at(i)) != NULL; i++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static int64_t most_bytes(const struct tool_arg *a) {
    return a->max ? a->max : TOOL_STR_MAX;
}

static void describe_str(struct json_writer *w, const struct tool_arg *a) {
    json_put_int(w, "minLength", 1);
    json_put_int(w, "maxLength", most_bytes(a));
}

static void describe_list(struct json_writer *w, const struct tool_arg *a) {
    json_put_int(w, "maxItems", TOOL_LIST_MAX);
    json_open_object(w, "items");
    json_put_str(w, "type", "string");
    describe_str(w, a);
    json_close_object(w);
}

static void describe_arg(struct json_writer *w, const struct tool_arg *a) {
    static const char *const names[] = {"", "string", "integer", "boolean", "array"};
    json_open_object(w, a->name);
    json_put_str(w, "type", names[a->type]);
    json_put_str(w, "description", a->about);
    if (a->type == TOOL_INT) {
        json_put_int(w, "minimum", a->min);
        json_put_int(w, "maximum", a->max);
    } else if (a->type == TOOL_STR) {
        describe_str(w, a);
    } else if (a->type == TOOL_LIST) {
        describe_list(w, a);
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
    json_put_bool(w, "openWorldHint", (t->flags & TOOL_REMOTE) != 0);
    json_close_object(w);
    json_close_object(w);
}

static int check_str(const struct tool_arg *a, struct json v) {
    const char *text;
    size_t len, max = (size_t)most_bytes(a);
    int rc = json_as_strn(v, &text, &len);
    if (rc == 0 && (len == 0 || len > max))
        rc = err_set(ERR_ARG, "\"%s\" has %zu bytes; 1 to %zu are allowed", a->name, len, max);
    return rc;
}

static int check_list(const struct tool_arg *a, struct json v) {
    if (json_type(v) != JSON_ARRAY)
        return err_set(ERR_ARG, "\"%s\" is no list", a->name);
    if (json_len(v) > TOOL_LIST_MAX)
        return err_set(ERR_ARG, "\"%s\" has %zu items; up to %d are allowed", a->name,
                       (size_t)json_len(v), TOOL_LIST_MAX);
    for (struct json e = json_first(v); e.node; e = json_next(e))
        if (check_str(a, e) < 0)
            return ERR_ARG;
    return 0;
}

static int check_arg(const struct tool_arg *a, struct json v) {
    int64_t n;
    bool flag;
    if (a->type == TOOL_STR)
        return check_str(a, v);
    if (a->type == TOOL_LIST)
        return check_list(a, v);
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
