/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/ask.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"

enum { ANSWER_USUAL = 32768 };

static bool is_among(const char *word, const char *const *all) {
    while (*all && strcmp(*all, word) != 0)
        all++;
    return *all != NULL;
}

/* ---- what the provider would do by itself ---- */

/* Tools that the agent runs, by what their type begins with; all others are the provider's. */
static bool is_own_tool(struct json tool) {
    static const char *const own[] = {"function",    "custom", "bash",  "text_editor",
                                      "computer",    "memory", "shell", "local_shell",
                                      "apply_patch", NULL};
    const char *type;
    if (!json_exists(json_member(tool, "type")))
        return true;
    if (json_as_str(json_member(tool, "type"), &type) < 0)
        return false;
    for (const char *const *o = own; *o; o++) {
        size_t len = strlen(*o);
        if (strncmp(type, *o, len) == 0 && (!type[len] || type[len] == '_'))
            return true;
    }
    return false;
}

static void put_tools(struct json_writer *w, const char *key, struct json tools) {
    json_open_array(w, key);
    for (struct json v = json_first(tools); v.node; v = json_next(v))
        if (is_own_tool(v))
            json_put_json(w, NULL, v);
    json_close_array(w);
}

static bool is_address(struct json v) {
    const char *text;
    return json_type(v) == JSON_STRING && json_as_str(v, &text) == 0 &&
           strncmp(text, "data:", 5) != 0;
}

/* {"source": {"type": "url", "url": …}}, {"image_url": …}, {"image_url": {"url": …}} and the like.
 * What a model gave a tool of the agent's to do is nobody's to open. */
static bool holds_address(struct json at) {
    static const char *const keys[] = {"image_url", "file_url", "server_url",
                                       "video_url", "source",   NULL};
    const char *type = "";
    if (json_type(at) == JSON_OBJECT)
        (void)json_opt_str(at, "type", &type);
    bool call = strcmp(type, "tool_use") == 0;
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const char *key = json_key(v);
        if (call && strcmp(key, "input") == 0)
            continue;
        if (is_among(key, keys) &&
            (is_address(json_member(v, "url")) || (strcmp(key, "source") != 0 && is_address(v))))
            return true;
        if (holds_address(v))
            return true;
    }
    return false;
}

/* ---- one member ---- */

static int refuse(struct json v) {
    static const char *const told[] = {"messages", "input", "system", "instructions", NULL};
    const char *key = json_key(v);
    bool yes = false;
    int64_t answers = 1;
    if ((strcmp(key, "n") == 0 || strcmp(key, "best_of") == 0) && json_exists(v) &&
        json_as_int(v, 1, 1, &answers) < 0)
        return err_set(ERR_FORMAT, "\"%s\": the request may ask for one answer", key);
    if (strcmp(key, "background") == 0 && json_exists(v) && (json_as_bool(v, &yes) < 0 || yes))
        return err_set(ERR_FORMAT,
                       "\"background\": an answer that nobody waits for is not counted");
    if (is_among(key, told) && holds_address(v))
        return err_set(ERR_FORMAT,
                       "\"%s\" holds an address that the provider would open; there "
                       "is no network but the model",
                       key);
    return 0;
}

struct rewriting {
    struct json_writer w;
    int64_t *room;
    bool limited, stream, chat;
};

static void put_member(struct rewriting *r, struct json v) {
    static const char *const limits[] = {"max_tokens", "max_completion_tokens", "max_output_tokens",
                                         NULL};
    static const char *const dropped[] = {"mcp_servers", "web_search_options", NULL};
    const char *key = json_key(v);
    int64_t asked = *r->room;
    if (is_among(key, limits)) {
        r->limited = true;
        (void)json_as_int(v, 1, INT64_C(1) << 40, &asked);
        *r->room = asked < *r->room ? asked : *r->room;
        json_put_int(&r->w, key, *r->room);
    } else if (strcmp(key, "tools") == 0 && json_type(v) == JSON_ARRAY) {
        put_tools(&r->w, key, v);
    } else if (!is_among(key, dropped) &&
               !(r->chat && r->stream && strcmp(key, "stream_options") == 0)) {
        json_put_json(&r->w, key, v);
    }
}

int ask_rewrite(struct buf *out, enum ask_api api, const char *body, size_t len, int64_t *room) {
    static const char *const own[] = {"max_tokens", "max_completion_tokens", "max_output_tokens"};
    struct rewriting r = {.room = room, .chat = api == ASK_CHAT};
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, body, len, "the request", 0);
    if (rc == 0 && json_type(json_root(doc)) != JSON_OBJECT)
        rc = err_set(ERR_FORMAT, "the request is no JSON object");
    struct json root = rc == 0 ? json_root(doc) : (struct json){0};
    for (struct json v = rc == 0 ? json_first(root) : root; rc == 0 && v.node; v = json_next(v))
        rc = refuse(v);
    if (rc < 0) {
        json_free(doc);
        return rc;
    }
    (void)json_opt_bool(root, "stream", &r.stream);
    json_writer_init(&r.w, out, 0);
    json_open_object(&r.w, NULL);
    for (struct json v = json_first(root); v.node; v = json_next(v))
        put_member(&r, v);
    if (!r.limited) {
        *room = *room < ANSWER_USUAL ? *room : ANSWER_USUAL;
        json_put_int(&r.w, own[api], *room);
    }
    if (r.chat && r.stream) {
        json_open_object(&r.w, "stream_options");
        json_put_bool(&r.w, "include_usage", true);
        json_close_object(&r.w);
    }
    json_close_object(&r.w);
    json_free(doc);
    return buf_ok(out, "the request");
}
