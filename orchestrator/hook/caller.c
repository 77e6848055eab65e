/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/caller.h"

#include <string.h>

#include "engine/base/err.h"

extern const struct caller *const caller_table[];

int caller_find(const struct caller **out, const char *name) {
    struct buf all;
    for (const struct caller *const *d = caller_table; *d; d++)
        if (strcmp((*d)->name, name) == 0) {
            *out = *d;
            return 0;
        }
    buf_init(&all, 1024);
    for (const struct caller *const *d = caller_table; *d; d++)
        buf_printf(&all, "%s%s", d == caller_table ? "" : ", ", (*d)->name);
    int rc = err_set(ERR_ARG, "there is no dialect \"%s\"; there are %s", name, all.data);
    buf_done(&all);
    return rc;
}

/* Optional, "" when it is not there. */
static int read_word(struct json input, const char *key, const char **out) {
    *out = "";
    return key ? json_opt_str(input, key, out) : 0;
}

/* The row of the event, or of the name that the input gives it when there are several. */
static const struct caller_event *find_event(const struct caller *d, enum hook_event event,
                                             const char *name) {
    for (const struct caller_event *e = d->events; e->name; e++)
        if (e->event == event && (!name || strcmp(e->name, name) == 0))
            return e;
    return NULL;
}

static const struct caller_tool *find_tool(const struct caller *d, const char *tool) {
    for (const struct caller_tool *t = d->tools; t && t->name; t++) {
        size_t len = strlen(t->name);
        bool begins = t->name[len - 1] == '*' && strncmp(t->name, tool, len - 1) == 0;
        if (begins || strcmp(t->name, tool) == 0)
            return t;
    }
    return NULL;
}

/* A command without its text, or an edit without its path, is no call that could be judged. */
static int check_whole(const struct hook_call *c, const struct caller *d) {
    bool text = c->use == HOOK_COMMAND || c->use == HOOK_PATCH;
    if (text && *c->text == '\0')
        return err_set(ERR_FORMAT, "the input lacks %s", d->keys.command);
    if (c->use == HOOK_EDIT && *c->path == '\0')
        return err_set(ERR_FORMAT, "the input lacks %s",
                       d->keys.paths ? d->keys.paths[0] : "a path");
    return 0;
}

static int read_paths(struct hook_call *c, const struct caller *d, struct json input) {
    size_t n = 0;
    int rc = 0;
    c->path = "";
    for (const char *const *key = d->keys.paths; rc == 0 && key && *key; key++) {
        const char *path = "";
        rc = read_word(input, *key, &path);
        CHECK(n < HOOK_PATHS_MAX); /* a dialect has no more keys */
        if (rc == 0 && *path)
            c->paths[n++] = path;
    }
    if (n)
        c->path = c->paths[0];
    return rc;
}

static int read_folder(struct hook_call *c, const struct caller *d, struct json input) {
    int rc = 0;
    for (const char *const *key = d->keys.folders; rc == 0 && key && *key; key++) {
        const char *folder = "";
        rc = read_word(input, *key, &folder);
        if (rc == 0 && *folder && c->folder)
            rc = err_set(ERR_FORMAT, "the input names two folders to run in");
        if (rc == 0 && *folder)
            c->folder = folder;
    }
    return rc;
}

static bool is_listed(const char *const *keys, const char *input, const char *key) {
    size_t len = strlen(input);
    for (; keys && *keys; keys++)
        if (strncmp(*keys, input, len) == 0 && strcmp(*keys + len + 1, key) == 0)
            return true;
    return false;
}

/* A member that we do not know, and whose name says that it changes where or in what a command
 * runs, or what holds it, makes another command of it. */
static int check_members(const struct caller *d, struct json input) {
    static const char *const words[] = {"dir", "cwd",  "path",    "folder",  "root",
                                        "env", "host", "sandbox", "escalat", "privilege"};
    if (!d->keys.input)
        return 0;
    for (struct json v = json_first(json_get(input, d->keys.input)); v.node; v = json_next(v))
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
            if (strcasestr(json_key(v), words[i]) &&
                !is_listed(d->keys.folders, d->keys.input, json_key(v)))
                return err_set(ERR_FORMAT,
                               "%s.%s is not known here, and may change where or how it runs",
                               d->keys.input, json_key(v));
    return 0;
}

static int read_fields(struct hook_call *c, const struct caller *d, struct json input) {
    int rc = read_word(input, d->keys.tool, &c->tool);
    if (rc == 0)
        rc = read_word(input, d->keys.cwd, &c->cwd);
    if (rc == 0)
        rc = read_word(input, d->keys.command, &c->text);
    if (rc == 0)
        rc = read_paths(c, d, input);
    if (rc == 0 && *c->cwd && *c->cwd != '/')
        rc = err_set(ERR_FORMAT, "%s is \"%s\", and must be absolute", d->keys.cwd, c->cwd);
    return rc;
}

/* What its tool makes of it. */
static int read_tool(struct hook_call *c, const struct caller *d, enum hook_use use,
                     struct json input) {
    const struct caller_tool *tool = find_tool(d, c->tool);
    const char *pattern = "";
    c->use = use != HOOK_UNKNOWN ? use : tool ? tool->use : HOOK_UNKNOWN;
    int rc = 0;
    if (c->use == HOOK_COMMAND || c->use == HOOK_PATCH) {
        rc = read_folder(c, d, input);
        if (rc == 0)
            rc = check_members(d, input);
    }
    if (rc == 0)
        rc = read_word(input, tool ? tool->pattern : NULL, &pattern);
    c->pattern = *pattern ? pattern : NULL;
    return rc < 0 ? rc : check_whole(c, d);
}

int caller_read(struct hook_call *out, const struct caller *d, enum hook_event event,
                struct json input) {
    const char *name = "";
    if (json_type(input) != JSON_OBJECT)
        return err_set(ERR_FORMAT, "the input is %s, not an object",
                       json_type_name(json_type(input)));
    *out = (struct hook_call){.event = event, .dialect = d->name, .input = input};
    if (!find_event(d, event, NULL))
        return err_set(ERR_ARG, "%s has no event like %s", d->name, hook_event_name(event));
    int rc = json_str(input, d->keys.event, &name);
    if (rc < 0)
        return rc;
    const struct caller_event *row = find_event(d, event, name);
    if (!row)
        return err_set(ERR_FORMAT, "the input speaks of %s, and %s was asked for", name,
                       hook_event_name(event));
    rc = read_fields(out, d, input);
    if (rc < 0)
        return rc;
    return read_tool(out, d, row->use, input);
}

void caller_answer(struct buf *out, const struct caller *d, const struct hook_call *call,
                   enum hook_answer answer, const char *why) {
    const struct caller_event *row = find_event(d, call->event, NULL);
    const char *name = row ? row->name : hook_event_name(call->event);
    struct json_writer w;
    if (call->input.node && d->keys.event)
        (void)json_opt_str(call->input, d->keys.event, &name);
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    d->answer(&w, name, call, answer, why);
    json_close_object(&w);
    buf_putc(out, '\n');
}
